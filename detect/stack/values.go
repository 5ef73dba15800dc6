package stack

import (
	"path"
	"regexp"
	"strconv"
	"strings"
)

var placeholder = regexp.MustCompile(`\{(\w+)\}`)

// expand fills a command of the tables in. One that needs what there is none of
// is empty.
func (s *survey) expand(command string) string {
	missing := false
	command = placeholder.ReplaceAllStringFunc(command, func(p string) string {
		value, ok := s.value(strings.Trim(p, "{}"))
		missing = missing || !ok
		return value
	})
	if missing {
		return ""
	}
	return strings.TrimSpace(command)
}

func (s *survey) value(name string) (string, bool) {
	entry := s.firstEntry()
	switch name {
	case "runtime":
		return s.runtime(), true
	case "exec":
		return s.manager.Exec, true
	case "entry":
		return entry, entry != ""
	case "module":
		return strings.ReplaceAll(strings.TrimSuffix(s.serving(), path.Ext(entry)), "/", "."), entry != ""
	case "variable":
		return s.variable()
	case "package":
		if dir := path.Dir(entry); entry != "" && dir != "." {
			return "./" + dir, true
		}
		return ".", true
	case "port":
		if len(s.stack.Ports) > 0 {
			return strconv.Itoa(int(s.stack.Ports[0].Port)), true
		}
		return "8080", true
	case "program":
		return s.program(), true
	case "name":
		return s.name(), true
	case "project":
		return s.project()
	case "namespace":
		return s.namespace()
	case "docroot":
		if strings.HasPrefix(entry, "public/") || strings.HasPrefix(entry, "web/") {
			return "-t " + path.Dir(entry), true
		}
		return "", true
	case "function":
		return "main", true
	}
	return "", false
}

// runtime is what runs a file of JavaScript.
func (s *survey) runtime() string {
	if s.manager.Manager == "bun" {
		return "bun "
	}
	return "node "
}
