package stack

import (
	"cmp"
	"path"
	"regexp"
	"slices"
	"strconv"
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
	if s.supportedVersion() {
		return
	}
	for i, name := range s.docker.images {
		tag, _, _ := strings.Cut(s.docker.tags[i], "-")
		if imageVersion.MatchString(tag) && s.imageLanguage(dockerfile{images: []string{name}}) == s.language {
			s.setVersion(tag, s.docker.file, s.docker.from)
			return
		}
	}
}

// supportedVersion takes the newest version that a pinned library runs on, if the
// newest one of all is too new for it.
func (s *survey) supportedVersion() bool {
	for _, row := range s.language.Supports {
		d := s.dependency([]string{row.Library})
		if d == nil {
			continue
		}
		pin := pinned.FindStringSubmatch(d.Version)
		if pin == nil || !older(pin[1], pin[2], row.Below) {
			continue
		}
		line := s.lineOfName(d.file, d.Name)
		s.stack.Version = row.Version
		s.cite("version", d.file, line, s.language.Language+" "+row.Version+", the newest for "+d.Name+" "+pin[1]+"."+pin[2])
		return true
	}
	return false
}

// pinned is a requirement that lets no later release in.
var pinned = regexp.MustCompile(`^\s*(?:===?|~=|\^|~)\s*v?(\d+)\.(\d+)`)

// older says whether a release, in two numbers, comes before another one.
func older(major, minor, than string) bool {
	m, n, _ := strings.Cut(than, ".")
	return slices.Compare(numbers(major, minor), numbers(m, n)) < 0
}

// numbers reads digits; more of them than a number holds are as good as none.
func numbers(texts ...string) []int {
	all := make([]int, len(texts))
	for i, t := range texts {
		all[i], _ = strconv.Atoi(t)
	}
	return all
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
			file = s.first(m.File)
			if m.Contains.Regexp != nil && (file == "" || !m.Contains.Match(s.read(file))) {
				continue
			}
			if file == "" && !s.lockedAbove(m) {
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
			s.stack.Workspace = cmp.Or(s.around.Dir, ".")
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
