package stack

import (
	"path"
	"regexp"
	"strings"
)

// serving is the entry that holds the application's variable.
func (s *survey) serving() string {
	for _, entry := range s.entries {
		if s.Code.Variable.Match(s.code(entry)) {
			return entry
		}
	}
	return s.firstEntry()
}

// variable is the application's name in the entry.
func (s *survey) variable() (string, bool) {
	if found := s.Code.Variable.FindSubmatch(s.code(s.serving())); found != nil {
		return string(found[1]), true
	}
	return "", false
}

// programs are the names that manifests give to what is built.
func (s *survey) programs() []string {
	for _, m := range s.manifests {
		if len(m.Programs) > 0 {
			return m.Programs
		}
	}
	return nil
}

// program is the name of what a build makes.
func (s *survey) program() string {
	if programs := s.programs(); len(programs) > 0 {
		return programs[0]
	}
	if entry := s.firstEntry(); strings.HasPrefix(entry, "src/bin/") {
		return strings.TrimSuffix(path.Base(strings.TrimSuffix(entry, "/main.rs")), ".rs")
	}
	return s.name()
}

var settingsModule = regexp.MustCompile(`DJANGO_SETTINGS_MODULE["']\s*,\s*["'](\w+)\.`)

// project is the package of a Django project.
func (s *survey) project() (string, bool) {
	if wsgi := s.first("*/wsgi.py"); wsgi != "" {
		return path.Dir(wsgi), true
	}
	for _, manage := range s.glob("**manage.py") {
		if found := settingsModule.FindSubmatch(s.code(manage)); found != nil {
			return string(found[1]), true
		}
	}
	return "", false
}

// namespace is the one of Clojure's main.
func (s *survey) namespace() (string, bool) {
	for _, m := range s.manifests {
		if m.Main != "" {
			return m.Main, true
		}
	}
	entry := s.firstEntry()
	name := strings.TrimSuffix(strings.TrimPrefix(entry, "src/"), path.Ext(entry))
	return strings.NewReplacer("/", ".", "_", "-").Replace(name), entry != ""
}
