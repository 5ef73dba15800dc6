package stack

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// tellVersion takes the wanted version from the first of: the language's version
// files, the manifests, the image of a Dockerfile.
func (s *survey) tellVersion() {
	if s.language.Kind != "" {
		return
	}
	for _, v := range s.language.Versions {
		data := s.read(v.File)
		number := 0
		for line := range strings.Lines(string(data)) {
			number++
			if found := v.Line.FindStringSubmatch(strings.TrimRight(line, "\r\n")); found != nil {
				s.setVersion(found[1], v.File, number)
				return
			}
		}
	}
	for _, m := range s.manifests {
		if m.Version != "" {
			s.setVersion(m.Version, m.file, word(s.read(m.file), m.Version))
			return
		}
	}
	for i, name := range s.docker.images {
		tag, _, _ := strings.Cut(s.docker.tags[i], "-")
		if imageVersion.MatchString(tag) && s.imageLanguage(dockerfile{images: []string{name}}) == s.language {
			s.setVersion(tag, s.docker.file, s.docker.from)
			return
		}
	}
}

var imageVersion = regexp.MustCompile(`^\d+(\.\d+)*$`)

func (s *survey) setVersion(version, file string, line int) {
	s.stack.Version = version
	s.cite("version", file, line, s.language.Language+" "+version)
}

// tellManager takes the first manager whose file is there or that a manifest
// names.
func (s *survey) tellManager() {
	for _, m := range s.language.Managers {
		file := s.marker
		switch {
		case m.File != "":
			if file = s.first(m.File); file == "" && !s.lockedAbove(m) {
				continue
			}
		case m.Named != "":
			if file = s.names(m.Named); file == "" {
				continue
			}
		}
		s.manager = m
		s.stack.Manager = m.Manager
		switch {
		case file == "":
			s.why = append(s.why, guide.Evidence{Fact: "manager", File: path.Join(s.around.Dir, m.File), Text: "package manager " + m.Manager})
		case m.Manager != "":
			s.cite("manager", file, 0, "package manager "+m.Manager)
		}
		return
	}
}

// lockedAbove says whether the workspace has the manager's lock file.
func (s *survey) lockedAbove(m manager) bool {
	return strings.Contains(m.File, "lock") && slices.Contains(s.around.Files, m.File)
}

func (s *survey) names(manager string) string {
	for _, m := range s.manifests {
		if m.Manager == manager {
			return m.file
		}
	}
	return ""
}
