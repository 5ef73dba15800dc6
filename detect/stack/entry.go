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

// findEntries lists the files that a program begins in, the likeliest first. A
// weak one that does not look like one counts where there is no other, and it
// has its name for nothing else, or a framework is there that it may use.
func (s *survey) findEntries() {
	name, tried, doubtful := s.name(), 0, ""
	s.addMain()
	for _, pattern := range s.language.Entries {
		for _, file := range s.glob(strings.ReplaceAll(pattern, "{name}", name)) {
			if tried++; tried > maxEntries || slices.Contains(s.entries, file) || isTest(file) {
				continue
			}
			switch {
			case !s.isWeak(pattern) || s.language.Entry.Match(s.code(file)):
				s.entries = append(s.entries, file)
			case doubtful == "" && len(s.language.Weak) > 0 && (s.framework != nil || !strings.Contains(pattern, "*")):
				doubtful = file
			}
		}
	}
	if len(s.entries) == 0 && doubtful != "" && !s.around.Member {
		s.entries = []string{doubtful}
	}
	if len(s.entries) == 0 && s.language.Search {
		s.searchEntry()
	}
	s.near = s.beside()
}

func (s *survey) isWeak(pattern string) bool {
	return s.language.Entry.Regexp != nil && (s.around.Member && s.language.Language == "node" || len(s.language.Weak) == 0 || slices.Contains(s.language.Weak, pattern))
}

// addMain takes the main file that a manifest names. A library's is not run.
func (s *survey) addMain() {
	main, _ := s.main()
	if main = path.Clean(main); main == "." || s.library() {
		return
	}
	if !s.around.Member || s.language.Entry.Regexp == nil || s.language.Entry.Match(s.code(main)) {
		s.entries = append(s.entries, main)
	}
}

func (s *survey) searchEntry() {
	for _, file := range s.wide() {
		if s.language.Entry.Match(s.code(file)) {
			s.entries = append(s.entries, file)
			return
		}
	}
}

// beside lists the entry files and the code in the same folders.
func (s *survey) beside() []string {
	files := slices.Clone(s.entries[:min(len(s.entries), 4)])
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
	return slices.Contains(s.language.Sources, path.Ext(file)) && !isTest(file) && !strings.HasPrefix(path.Base(file), ".")
}

// isTest says that a file is there to try or to configure others.
func isTest(file string) bool {
	base := path.Base(file)
	for _, mark := range []string{"_test.", ".test.", ".spec.", "test_", ".config.", "conftest", ".d.ts"} {
		if strings.Contains(base, mark) {
			return true
		}
	}
	// Deeper folders may be packages: com/example, internal/test.
	top, rest, _ := strings.Cut(file, "/")
	if next, _, deep := strings.Cut(rest, "/"); top == "src" && deep {
		top = next
	}
	switch top {
	case "test", "tests", "spec", "e2e", "__tests__", "examples", "example", "samples", "docs", "migrations":
		return true
	}
	return strings.Contains(file, "/__tests__/") || strings.Contains(file, "/migrations/")
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
