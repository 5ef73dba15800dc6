package detect

import (
	"path"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// tell adds the source code to the candidates that deploy it: what lies in the
// folder that a candidate speaks for, or in one that is called like it.
func (s *sources) tell() {
	for _, c := range s.candidates {
		if c.explicit && c.guide.components || c.guide.detect.Fallback {
			continue
		}
		home := s.home(s.root, c.dir)
		for _, one := range s.found {
			if one.result.Stack == nil || one.onlyWorkspace() || aside(home, one.dir) != "" {
				continue
			}
			if within(one.dir, home) || path.Base(one.dir) == path.Base(home) {
				c.sources = append(c.sources, guide.Source{Dir: one.dir, Stack: *one.result.Stack, Why: one.result.Why})
			}
		}
	}
}
