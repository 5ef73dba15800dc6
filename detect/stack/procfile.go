package stack

import (
	"regexp"
	"strings"
)

// procfile is what a Procfile tells.
type procfile struct {
	file        string
	web, other  string // commands
	line        int
	release     string
	releaseLine int
	kind        string // name of the process type that other is of
}

var process = regexp.MustCompile(`^\s*([\w-]+)\s*:\s*(.+?)\s*$`)

func readProcfile(s *source) procfile {
	p := procfile{file: s.first("Procfile")}
	if p.file != "" {
		parseProcfile(&p, s.read(p.file))
	}
	if p.web == "" && p.other == "" {
		return procfile{}
	}
	return p
}

// parseProcfile reads process types; the first one counts where there is no web.
func parseProcfile(p *procfile, data []byte) {
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		found := process.FindStringSubmatch(line)
		if found == nil {
			continue
		}
		switch found[1] {
		case "web":
			p.web, p.line = found[2], number
		case "release":
			p.release, p.releaseLine = found[2], number
		default:
			if p.other == "" {
				p.other, p.kind = found[2], found[1]
				if p.web == "" {
					p.line = number
				}
			}
		}
	}
}

// command is the main process.
func (p procfile) command() string {
	if p.web != "" {
		return p.web
	}
	return p.other
}
