package detect

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// describe puts what the source code is into the candidate. What a guide's own
// patterns told of it stays: they read the same files.
func (s *source) describe() {
	s.stack = s.result.Stack
	if s.stack == nil {
		return
	}
	facts := stackFacts(s.stack)
	known := map[string]bool{}
	for name := range s.facts {
		known[name] = true
	}
	for _, e := range s.result.Why {
		if known[e.Fact] || e.Fact == factGuide && len(s.why) > 0 {
			continue
		}
		if value := facts[e.Fact]; value != "" {
			s.facts[e.Fact] = value
		}
		s.why = append(s.why, e)
	}
}

// stackFacts are the fields of a stack as facts.
func stackFacts(s *guide.Stack) map[string]string {
	facts := map[string]string{
		"kind": s.Kind, "language": s.Language, "version": s.Version, "framework": s.Framework, "manager": s.Manager,
		"install": s.Install, "build": s.Build, "start": s.Start, "migrate": s.Migrate, "output": s.Output, "schedule": s.Schedule,
		"protocol": s.Protocol, "health": s.Health, "dockerfile": s.Dockerfile,
	}
	if len(s.Ports) > 0 {
		facts["port"] = strconv.Itoa(int(s.Ports[0].Port))
	}
	var services []string
	for _, one := range s.Services {
		services = append(services, one.Kind)
	}
	facts["services"] = strings.Join(services, ", ")
	return facts
}

// compareDirs puts a folder before those below it.
func compareDirs(a, b string) int {
	if a == "." || b == "." {
		return cmp.Compare(len(strings.TrimPrefix(a, ".")), len(strings.TrimPrefix(b, ".")))
	}
	return cmp.Compare(strings.ReplaceAll(a, "/", "\x00"), strings.ReplaceAll(b, "/", "\x00"))
}
