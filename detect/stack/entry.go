package stack

import (
	"maps"
	"path"
	"slices"
	"strings"
)

// Bounds of what is read of code.
const (
	maxEntries = 40 // files that are tried for an entry
	maxNear    = 24 // files beside entries
	maxFar     = 80 // files of code anywhere
)

// findEntries lists the files that a program begins in, the likeliest first.
func (s *survey) findEntries() {
	name, tried := s.name(), 0
	for _, pattern := range s.language.Entries {
		weak := s.language.Entry.Regexp != nil && (len(s.language.Weak) == 0 || slices.Contains(s.language.Weak, pattern))
		for _, file := range s.glob(strings.ReplaceAll(pattern, "{name}", name)) {
			if tried++; tried > maxEntries || slices.Contains(s.entries, file) || isTest(file) {
				continue
			}
			if !weak || s.language.Entry.Match(s.code(file)) {
				s.entries = append(s.entries, file)
			}
		}
	}
	if len(s.entries) == 0 && s.language.Entry.Regexp != nil && len(s.language.Weak) == 0 {
		for _, file := range s.wide() {
			if s.language.Entry.Match(s.code(file)) {
				s.entries = append(s.entries, file)
				break
			}
		}
	}
	s.near = s.beside()
}

// beside lists the entry files, the manifest's main file, and the code in the
// same folders.
func (s *survey) beside() []string {
	files := slices.Clone(s.entries[:min(len(s.entries), 4)])
	for _, m := range s.manifests {
		if main := path.Clean(m.Main); m.Main != "" && s.known[main] && !slices.Contains(files, main) {
			files = append([]string{main}, files...)
		}
	}
	dirs := map[string]bool{}
	for _, file := range files {
		dirs[path.Dir(file)] = true
	}
	for _, file := range s.files {
		if len(files) < maxNear && dirs[path.Dir(file)] && s.isCode(file) && !slices.Contains(files, file) {
			files = append(files, file)
		}
	}
	return files
}

// wide lists files of code anywhere in the folder.
func (s *survey) wide() []string {
	if s.far == nil {
		s.far = []string{}
		for _, file := range s.files {
			if len(s.far) < maxFar && s.isCode(file) {
				s.far = append(s.far, file)
			}
		}
	}
	return s.far
}

func (s *survey) isCode(file string) bool {
	return slices.Contains(s.language.Sources, path.Ext(file)) && !isTest(file)
}

// isTest says that a file is there to try or to configure others.
func isTest(file string) bool {
	base := path.Base(file)
	for _, mark := range []string{"_test.", ".test.", ".spec.", "test_", ".config.", "conftest", ".d.ts"} {
		if strings.Contains(base, mark) {
			return true
		}
	}
	for _, dir := range strings.Split(path.Dir(file), "/") {
		switch dir {
		case "test", "tests", "spec", "e2e", "__tests__", "migrations", "node_modules", "examples", "example", "docs":
			return true
		}
	}
	return false
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
