package stack

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// crontab is what a file says that the clock starts.
type crontab struct {
	file    string
	entries []cronEntry
}

type cronEntry struct {
	schedule, command string
	line              int
}

var (
	cronLine     = regexp.MustCompile(`^\s*(@(?:hourly|daily|midnight|weekly|monthly|yearly|annually)|(?:[\d*][\d*/,-]*\s+){2}[\d*?][\w*?/,-]*\s+(?:[\w*?][\w*?/,-]*\s+)[\w*?][\w*?/,-]*)\s+(?:root\s+)?(\S.*?)\s*$`)
	cronRedirect = regexp.MustCompile(`\s*(?:\d?>>?|\|)\s*(?:/\S+|&\d|logger\b.*)(?:\s+2>&1)?\s*$`)
)

// readCrontab reads the folder's crontab, or the cron entries of an app.json.
func readCrontab(s *source) crontab {
	c := crontab{file: s.first("crontab", "crontab.txt", "*.crontab", "cron/crontab", "docker/crontab", "etc/crontab", "config/crontab")}
	if c.file != "" {
		c.entries = parseCrontab(s.read(c.file))
	}
	if len(c.entries) == 0 && s.known["app.json"] {
		c.file, c.entries = "app.json", parseAppCron(s.read("app.json"))
	}
	if len(c.entries) == 0 {
		return crontab{}
	}
	return c
}

// parseCrontab reads the lines of a crontab; where the output goes is left out.
func parseCrontab(data []byte) []cronEntry {
	var all []cronEntry
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		found := cronLine.FindStringSubmatch(strings.TrimRight(line, "\r\n"))
		if found == nil {
			continue
		}
		if command := cronRedirect.ReplaceAllString(found[2], ""); command != "" {
			all = append(all, cronEntry{strings.Join(strings.Fields(found[1]), " "), command, number})
		}
	}
	return all
}

// parseAppCron reads what an app.json has the clock start.
func parseAppCron(data []byte) []cronEntry {
	var app struct {
		Cron []struct{ Command, Schedule string }
	}
	if json.Unmarshal(data, &app) != nil {
		return nil
	}
	var all []cronEntry
	for _, one := range app.Cron {
		if one.Command != "" && cronLine.MatchString(one.Schedule+" x") {
			all = append(all, cronEntry{one.Schedule, one.Command, max(word(data, one.Command), 1)})
		}
	}
	return all
}

// single says that the clock starts one thing, which then may be the program.
func (c crontab) single() bool { return len(c.entries) == 1 }

// tellApart says that the clock starts more than can be seen to be one program.
func (c crontab) tellApart(src *source) {
	for _, one := range c.entries[:min(len(c.entries), 3)] {
		src.notice(c.file, fmt.Sprintf("the clock starts %q at %q; describe it as a component with a schedule in .spotguide/application.yaml", one.command, one.schedule))
	}
}

// tellSchedule makes what has nothing but one entry of a crontab a program that
// the clock starts. Beside a program that runs on, entries are told.
func (s *survey) tellSchedule() {
	if len(s.cron.entries) == 0 {
		return
	}
	one := s.cron.entries[0]
	if !s.cron.single() || s.stack.Kind != guide.KindWorker && s.stack.Kind != guide.KindJob || s.procs.file != "" {
		s.cron.tellApart(s.source)
		return
	}
	s.setKind(guide.KindCron, s.cron.file, "started by the clock")
	s.stack.Schedule = one.schedule
	s.cite("schedule", s.cron.file, one.line, "schedule "+one.schedule)
}
