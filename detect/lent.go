package detect

import (
	"path"
	"slices"
	"strings"

	"github.com/spotguide/spotguide/detect/stack"
)

// lend finds Dockerfiles that lie in a folder of their own, as build/Dockerfile, and
// copy what only a folder above holds. They make the image of that folder, if no
// other one does.
func (s *sources) lend() error {
	lenders := map[string][]*candidate{}
	for _, c := range s.candidates {
		if c.explicit || c.guide != s.guide {
			continue
		}
		above, err := s.builtFrom(s.root.find(c.dir))
		if err != nil {
			return err
		}
		if above != nil {
			lenders[above.dir] = append(lenders[above.dir], c)
		}
	}
	for dir, some := range lenders {
		if len(some) > 1 || s.known[dir] != nil {
			continue // which one it is cannot be told, or it has its own
		}
		c := some[0]
		name, _ := s.root.find(c.dir).has(dockerfiles...)
		s.lent[dir] = strings.TrimPrefix(path.Join(c.dir, name), dir+"/")
		delete(s.known, c.dir)
		s.candidates = slices.DeleteFunc(s.candidates, func(other *candidate) bool { return other == c })
	}
	return nil
}

var dockerfiles = []string{"Dockerfile", "Containerfile"}

// builtFrom is the folder above f that holds all that its Dockerfile copies, nil if
// f holds any of it or no folder does.
func (s *sources) builtFrom(f *folder) (*folder, error) {
	name, ok := f.has(dockerfiles...)
	if !ok || slices.ContainsFunc(f.files, stack.IsManifest) {
		return nil, nil
	}
	data, err := s.detector.read(path.Join(f.dir, name))
	if err != nil {
		return nil, err
	}
	copied := stack.Copied(data)
	if len(copied) == 0 || slices.ContainsFunc(copied, func(p string) bool { return s.holds(f.dir, p) }) {
		return nil, nil
	}
	for dir := f.dir; dir != s.root.dir; {
		dir = path.Dir(dir)
		if !slices.ContainsFunc(copied, func(p string) bool { return !s.holds(dir, p) }) {
			return s.root.find(dir), nil
		}
	}
	return nil, nil
}

// holds says that there is a file or folder of that path below dir; of a path with
// wildcards, what is before them.
func (s *sources) holds(dir, name string) bool {
	for strings.ContainsAny(name, "*?[") {
		name = path.Dir(name)
	}
	name = path.Join(dir, name)
	if s.root.find(name) != nil {
		return true
	}
	f, base := s.root.find(path.Dir(name)), path.Base(name)
	return f != nil && (slices.Contains(f.files, base) || slices.Contains(f.hidden, base))
}
