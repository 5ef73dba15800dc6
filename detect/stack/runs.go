package stack

import (
	"slices"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// runs says whether there is something to run, and notes why.
func (s *survey) runs() bool {
	switch file, line := s.startScript(); {
	case s.procs.file != "":
		return s.because(s.procs.file, 1, "Procfile")
	case s.docker.file != "":
		return s.because(s.docker.file, s.docker.from, "Dockerfile")
	case line != "" && !s.Code.Tools.MatchString(line):
		s.weak = len(s.entries) == 0
		return s.because(file, word(s.read(file), "start"), "start script "+line)
	case s.cron.single():
		return s.because(s.cron.file, s.cron.entries[0].line, "started by the clock")
	case s.library():
		return false
	case s.framework != nil && s.framework.Alone:
		s.weak = len(s.entries) == 0
		return s.because(s.marker, 0, "framework "+s.framework.Name)
	}
	for _, m := range s.manifests {
		if m.Program {
			return s.because(m.file, 0, "says that it is a program")
		}
	}
	switch {
	case len(s.entries) > 0:
		return s.because(s.entries[0], 0, "a program begins here")
	case s.framework != nil && s.framework.Kind == "" && !s.around.Member && !s.language.Strict && len(s.wide()) > 0:
		return s.because(s.marker, 0, "framework "+s.framework.Name+", and code that uses it")
	}
	return false
}

func (s *survey) because(file string, line int, text string) bool {
	s.reason = guide.Evidence{Fact: "guide", File: s.path(file), Line: line, Text: text}
	return true
}

// startScript is the script that starts the program, and the file it stands in.
func (s *survey) startScript() (file, line string) {
	for _, m := range s.manifests {
		for _, name := range []string{"start", "start:prod", "serve:prod"} {
			if line := m.Scripts[name]; line != "" {
				return m.file, line
			}
		}
	}
	return "", ""
}

// library says whether a manifest says that nothing in it is run.
func (s *survey) library() bool {
	return slices.ContainsFunc(s.manifests, func(m manifest) bool { return m.Library })
}
