package detect

import (
	"path"
	"slices"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// tell adds the source code to the candidates that deploy it: what lies in the
// folder that a candidate speaks for, or in one that is called like it; all of it
// where there is only one.
func (s *sources) tell() {
	folders := map[string]bool{}
	deploying := slices.DeleteFunc(slices.Clone(s.candidates), func(c *candidate) bool {
		return c.explicit && c.guide.components || c.guide.detect.Fallback
	})
	for _, c := range deploying {
		folders[s.family(c.dir)] = true
	}
	for _, c := range deploying {
		home := s.family(c.dir)
		for _, one := range s.found {
			if one.explicit || one.result.Stack == nil || one.result.Stack.Language == "docker" || one.onlyWorkspace() || aside(home, one.dir) != "" {
				continue
			}
			if len(folders) == 1 || within(one.dir, home) || path.Base(one.dir) == path.Base(home) {
				c.sources = append(c.sources, guide.Source{Dir: one.dir, Stack: *one.result.Stack, Why: one.result.Why})
			}
		}
	}
}

// family is the folder of a candidate, or the one that holds its variants.
func (s *sources) family(dir string) string {
	home := s.home(s.root, dir)
	if parent := path.Dir(home); holdsVariants(path.Base(parent)) {
		return s.home(s.root, path.Dir(parent))
	}
	return home
}
