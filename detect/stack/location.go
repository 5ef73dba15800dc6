package stack

import "strings"

// lineOfName is the line of a manifest that names a dependency. Manifests write
// some of them in parts: "group:artifact", "library:feature", "sdk:name".
func (s *survey) lineOfName(file, name string) int {
	data := s.read(file)
	if line := word(data, name); line > 0 {
		return line
	}
	before, after, _ := strings.Cut(name, ":")
	if line := word(data, after); line > 0 {
		return line
	}
	return word(data, before)
}
