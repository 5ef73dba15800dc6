package main

import (
	"cmp"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/spotguide/spotguide/cmd/spotguide/internal/table"
	"github.com/spotguide/spotguide/detect"
	"github.com/spotguide/spotguide/spotguides/guide"
)

// detected is the form of an application in json and yaml.
type detected struct {
	Name  string `json:"name"`
	Dir   string `json:"dir"`
	Guide string `json:"guide"`
	*guide.Stack
	Sources []guide.Source    `json:"sources,omitempty"`
	Facts   map[string]string `json:"facts,omitempty"`
	Why     []guide.Evidence  `json:"why"`
}

func (f found) document() any {
	applications := make([]detected, 0, len(f.Matches))
	for _, m := range f.Matches {
		stack := m.Stack
		if stack == nil && len(m.Sources) == 1 {
			stack = &m.Sources[0].Stack
		}
		applications = append(applications, detected{m.App, m.Dir, m.Guide, stack, m.Sources, m.Facts, m.Why})
	}
	return struct {
		Applications []detected         `json:"applications"`
		Undecided    []detect.Undecided `json:"undecided,omitempty"`
		Sources      []guide.Source     `json:"sources,omitempty"`
		Notices      []string           `json:"notices,omitempty"`
	}{applications, f.Undecided, f.Sources, f.Notices}
}

// writeMatch shows an application: what it is, then what that was seen from.
func writeMatch(w io.Writer, look table.Look, m guide.Match) error {
	fmt.Fprintf(w, "%s: %s in %s\n", table.Paint(table.Line(m.App), table.Good, look.Colour), m.Guide, table.Line(m.Dir))
	if m.Stack != nil {
		fmt.Fprintf(w, "  %s\n", table.Line(summary(m.Stack)))
	}
	t := table.Table{Indent: "  "}
	seen := map[string]bool{}
	add := func(text string, e guide.Evidence) {
		if key := text + "\x00" + place(e); !seen[key] {
			seen[key] = true
			t.Rows = append(t.Rows, []table.Cell{{Text: text}, {Text: place(e), Style: table.Faint}})
		}
	}
	for _, e := range m.Why {
		if e.Fact == "guide" && strings.HasPrefix(e.Text, "framework ") {
			continue // told below, with its version
		}
		add(digest.ReplaceAllString(e.Text, "$1"), e)
	}
	for _, s := range m.Sources {
		add("source code in "+s.Dir+": "+summary(&s.Stack), s.Why[0])
	}
	return t.Write(w, look)
}

// digest is that of an image, as much of it as people look at.
var digest = regexp.MustCompile(`(@sha256:[0-9a-f]{7})[0-9a-f]{57}`)

// summary tells in one line what source code is: "python 3.12 service, flask,
// http on 8000, needs postgresql and redis".
func summary(s *guide.Stack) string {
	parts := []string{strings.Join(strings.Fields(s.Language+" "+s.Version+" "+s.Kind), " ")}
	if s.Framework != "" {
		parts = append(parts, s.Framework)
	}
	if len(s.Ports) > 0 {
		parts = append(parts, cmp.Or(s.Protocol, "tcp")+" on "+strconv.Itoa(int(s.Ports[0].Port)))
	}
	var needs []string
	for _, one := range s.Services {
		name := one.Kind
		if one.Optional {
			name += " (optional)"
		}
		needs = append(needs, name)
	}
	if len(needs) > 0 {
		parts = append(parts, "needs "+strings.Join(needs, ", "))
	}
	return strings.Join(parts, ", ")
}
