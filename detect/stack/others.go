package stack

import (
	"path"
	"slices"
	"strings"
)

// tellOthers says what else the folder could have been taken for.
func (s *survey) tellOthers() {
	if s.docker.file != "" || s.procs.file != "" || s.bare {
		return // they say what runs
	}
	for _, l := range s.Languages {
		if l == s.language || l.Kind != "" || l.Language == languageShell {
			continue
		}
		other := newSurvey(s.tables, s.source, l, s.said, s.around)
		if other != nil && other.complete && len(other.manifests) > 0 && other.manifests[0].file != s.marker && other.runs() {
			s.notice(other.marker, "there is a program in "+l.Language+" here, too; the folder is taken for "+s.language.Language+", which comes first")
		}
	}
	dirs := map[string]bool{}
	for _, entry := range s.entries {
		dirs[path.Dir(entry)] = true
	}
	if programs := sortedKeys(dirs); len(programs) > 1 && s.language.Language == "go" {
		programs = slices.DeleteFunc(programs, func(dir string) bool { return dir == path.Dir(s.entries[0]) })
		s.notice(s.entries[0], "is taken for the program; there are others in "+strings.Join(programs, ", "))
	}
}
