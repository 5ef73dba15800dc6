package stack

import "slices"

// chooseFramework takes the first row that fits.
func (s *survey) chooseFramework() {
	for _, f := range s.Frameworks[s.language.Language] {
		if s.fits(f) {
			s.framework = f
			return
		}
	}
}

func (s *survey) fits(f *framework) bool {
	if len(f.Any) > 0 && s.dependency(f.Any) == nil {
		return false
	}
	if len(f.With) > 0 && s.dependency(f.With) == nil {
		return false
	}
	if f.Beside != "" && s.first(f.Beside) == "" {
		return false
	}
	if f.Script.Regexp != nil {
		if _, line := s.startScript(); !f.Script.MatchString(line) {
			return false
		}
	}
	switch {
	case f.File == "" && f.Contains.Regexp == nil:
		return true
	case f.File == "":
		return s.anyCode(f.Contains) != ""
	}
	file := s.first(f.File)
	return file != "" && (f.Contains.Regexp == nil || f.Contains.Match(s.code(file)))
}

// anyCode is the first file near the entries, or else anywhere, that holds e.
func (s *survey) anyCode(e expression) string {
	for _, files := range [][]string{s.near, s.wide()} {
		for _, file := range files {
			if e.Match(s.code(file)) {
				return file
			}
		}
	}
	return ""
}

// used is a dependency, the manifest that has it, and its name folded.
type used struct {
	Dependency
	file, folded string
}

// dependencies lists those of all manifests, those for development last.
func (s *survey) dependencies() []used {
	if s.uses == nil {
		s.uses = []used{}
		for _, m := range s.manifests {
			for _, list := range [][]Dependency{m.Dependencies, m.Development} {
				for _, d := range list {
					s.uses = append(s.uses, used{d, m.file, fold(d.Name)})
				}
			}
		}
	}
	return s.uses
}

// dependency is the first that one of the patterns, which are folded, means;
// nil where none does.
func (s *survey) dependency(patterns []string) *used {
	for _, pattern := range patterns {
		i := slices.IndexFunc(s.dependencies(), func(u used) bool { return fitsFolded(pattern, u.folded) })
		if i >= 0 {
			return &s.uses[i]
		}
	}
	return nil
}

func (s *survey) tellFramework() {
	if s.framework == nil {
		return
	}
	s.stack.Framework = s.framework.Name
	text := "framework " + s.framework.Name
	if d := s.dependency(s.framework.Any); d != nil {
		s.cite("framework", d.file, s.lineOfName(d.file, d.Name), text+versionSuffix(d.Version))
		return
	}
	file := s.marker
	if s.framework.File != "" {
		file = s.first(s.framework.File)
	}
	s.cite("framework", file, 0, text)
}

func versionSuffix(version string) string {
	if version == "" || len(version) > 40 {
		return ""
	}
	return " " + version
}
