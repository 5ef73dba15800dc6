package stack

import (
	"cmp"
	"slices"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// serving is a row of code that serves.
type serving struct {
	Protocol string     `yaml:"protocol"`
	Line     expression `yaml:"line"`
	Port     int32      `yaml:"port"`
}

// server is the first row that code near the entries fits, and where.
func (s *survey) server() (serving, string) {
	for _, row := range s.Code.Servers {
		for _, file := range s.near {
			if row.Line.Match(s.code(file)) {
				return row, file
			}
		}
	}
	return serving{}, ""
}

// protocol is that of the main port: the framework's, else what the code serves.
func (s *survey) protocol() string {
	if s.framework != nil && s.framework.Protocol != "" {
		return s.framework.Protocol
	}
	if s.framework != nil && s.framework.Kind == guide.KindStatic {
		return guide.ProtocolHTTP
	}
	row, _ := s.server()
	if row.Protocol == guide.ProtocolGRPC && s.framework == nil {
		return guide.ProtocolGRPC
	}
	for _, file := range s.near {
		if s.Code.WebSocket.Match(s.code(file)) {
			return guide.ProtocolWebSocket
		}
	}
	return cmp.Or(row.Protocol, guide.ProtocolHTTP)
}

// tellKind settles what runs. A framework says it, else the ports do.
func (s *survey) tellKind() {
	script, _ := s.startScript()
	_, line := s.startScript()
	switch {
	case s.framework != nil && s.framework.Kind == guide.KindStatic:
		s.setKind(guide.KindStatic, s.marker, s.framework.Name+" makes static files")
		if s.docker.file != "" {
			s.setKind(guide.KindService, s.docker.file, "run by its image")
			break
		}
		if line != "" && !s.Code.Devservers.MatchString(line) && !s.Code.Tools.MatchString(line) {
			s.setKind(guide.KindService, script, "started by "+line)
		}
	case s.framework != nil && s.framework.Kind != "":
		s.setKind(s.framework.Kind, s.marker, s.framework.Name+" runs as a "+s.framework.Kind)
	case s.language.Kind != "":
		s.setKind(s.language.Kind, s.marker, s.language.Language+" files")
	case len(s.stack.Ports) > 0:
		s.setKind(guide.KindService, s.marker, "listens on a port")
	case s.procs.other != "" && s.procs.web == "":
		s.setKind(guide.KindWorker, s.procs.file, "process "+s.procs.kind)
	default:
		s.setKind(guide.KindWorker, s.marker, "nothing in it was seen to listen")
	}
	s.stack.Protocol = guide.ProtocolNone
	if s.stack.Kind != guide.KindService && s.stack.Kind != guide.KindStatic && s.stack.Kind != guide.KindFunction && s.docker.ports == nil {
		s.stack.Ports = nil
	}
	if len(s.stack.Ports) > 0 {
		s.stack.Protocol = s.protocol()
	}
	s.cite("protocol", s.marker, 0, "protocol "+s.stack.Protocol)
}

func (s *survey) setKind(kind, file, text string) {
	s.why = slices.DeleteFunc(s.why, func(e guide.Evidence) bool { return e.Fact == "kind" })
	s.stack.Kind = kind
	s.cite("kind", file, 0, kind+": "+text)
}

// tellHealth looks for a path that tells health.
func (s *survey) tellHealth() {
	if s.stack.Protocol != guide.ProtocolHTTP && s.stack.Protocol != guide.ProtocolWebSocket || s.stack.Kind == guide.KindStatic {
		return
	}
	for _, file := range s.near {
		data := s.code(file)
		if at := s.Code.Health.FindSubmatchIndex(data); at != nil {
			s.setHealth(string(data[at[2]:at[3]]), file, lineOf(data, at[2]))
			return
		}
	}
	for _, h := range s.Code.HealthPaths {
		if d := s.dependency(h.Any); d != nil {
			s.setHealth(h.Path, d.file, s.lineOfName(d.file, d.Name))
			return
		}
	}
}

func (s *survey) setHealth(path, file string, line int) {
	s.stack.Health = path
	s.cite("health", file, line, "health endpoint "+path)
}
