package stack

import (
	"path"
	"regexp"
	"slices"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// cited makes evidence of a compose file, which may lie above the folder.
func (s *survey) citeComposed(fact, text string) {
	c := s.around.Composed
	s.why = append(s.why, guide.Evidence{Fact: fact, File: c.File, Line: c.Line, Text: text})
}

var listenURL = regexp.MustCompile(`^(?:https?://[^:/]+:)?(\d{2,5})$`)

// composedPorts are those that the compose file opens or hands over.
func (s *survey) composedPorts() []port {
	c := s.around.Composed
	if c == nil {
		return nil
	}
	for _, key := range []string{"PORT", "HTTP_PORT", "SERVER_PORT", "APP_PORT", "ASPNETCORE_URLS", "ASPNETCORE_HTTP_PORTS"} {
		if n := number(listenURL.FindStringSubmatch(c.Environment[key])); n > 0 {
			return []port{{n, "", "", c.Line, "port in the compose file's environment"}}
		}
	}
	if n := number(portFlag.FindStringSubmatch(c.Command)); n > 0 {
		return []port{{n, "", "", c.Line, "port in the compose file's command"}}
	}
	var ports []port
	for _, n := range c.Ports {
		ports = append(ports, port{n, "", "", c.Line, "port in the compose file"})
	}
	return ports
}

// ServiceOf is the kind of service that an image is, empty for others.
func ServiceOf(reference string) string {
	t, err := table()
	if err != nil {
		return ""
	}
	name := image(reference)
	for _, r := range t.Services {
		if slices.ContainsFunc(r.Images, func(i string) bool { return is(i, name) }) {
			return r.Kind
		}
	}
	return ""
}

// is says whether an image is the one that a table names, of whatever registry.
func is(pattern, name string) bool {
	return fits(pattern, name) || path.Base(pattern) == pattern && path.Base(name) == pattern
}

// byCompose are the services whose images the compose file runs beside it.
func (s *survey) byCompose() []need {
	var needs []need
	if s.around.Composed == nil {
		return nil
	}
	for _, reference := range s.around.Composed.Needs {
		name := image(reference)
		for row, r := range s.Services {
			if slices.ContainsFunc(r.Images, func(i string) bool { return is(i, name) }) {
				needs = append(needs, need{row, "", s.around.Composed.Line, "image " + name + " in the compose file", true})
			}
		}
	}
	return needs
}
