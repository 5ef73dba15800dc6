package stack

import (
	"regexp"
	"slices"
	"strconv"

	"github.com/spotguide/spotguide/spotguides/guide"
)

var (
	portFlag = regexp.MustCompile(`(?:--?(?:p|port|http-port|listen|bind|b|addr|address|host)(?:[= ]|\s+))["']?(?:\$\{\w+:-|[\w.*\[\]]*:)?(\d{2,5})\b|\bPORT=["']?(\d{2,5})\b|(?:0\.0\.0\.0|localhost|127\.0\.0\.1|\[::\]):(?:\$\{\w+:-)?(\d{2,5})\b|\$\{PORT:-(\d{2,5})\}|-Dserver\.port=(\d{2,5})`)
	envPort  = regexp.MustCompile(`(?m)^\s*(?:export\s+)?(?:HTTP_|SERVER_|APP_)?PORT\s*=\s*["']?(\d{2,5})\b`)
)

// tellPorts takes the ports from the first place that names any.
func (s *survey) tellPorts() {
	for i, look := range []func() []port{s.dockerPorts, s.composedPorts, s.startPorts, s.configPorts, s.codePorts, s.examplePorts, s.imagePorts, s.devPorts, s.defaultPorts} {
		ports := look()
		if i > 0 { // an image may well be a database's
			ports = slices.DeleteFunc(ports, func(p port) bool { return isService(p.number) })
		}
		if len(ports) > 0 {
			s.setPorts(ports)
			return
		}
	}
}

func (s *survey) setPorts(ports []port) {
	protocol := s.protocol()
	for i, p := range ports {
		known := slices.ContainsFunc(s.stack.Ports, func(k guide.Port) bool { return k.Port == p.number })
		if known || p.number < 1 || len(s.stack.Ports) > 8 {
			continue
		}
		one := guide.Port{Name: "port-" + strconv.Itoa(int(p.number)), Port: p.number, Protocol: protocol}
		if p.proto == guide.ProtocolUDP {
			one.Protocol = p.proto
		}
		if protocol == guide.ProtocolWebSocket {
			one.Protocol = guide.ProtocolHTTP
		}
		if i == 0 {
			one.Name = one.Protocol
			s.citePort(p)
		}
		s.stack.Ports = append(s.stack.Ports, one)
	}
}

func (s *survey) citePort(p port) {
	text := p.text + " " + strconv.Itoa(int(p.number))
	if p.file == "" {
		s.citeComposed("port", text)
		return
	}
	s.cite("port", p.file, p.line, text)
}

// dockerPorts are those that the image exposes.
func (s *survey) dockerPorts() []port { return s.docker.ports }

// imagePorts are those of the image that the last stage begins with.
func (s *survey) imagePorts() []port {
	i := s.docker.lastImage()
	for _, row := range s.Code.ImagePorts {
		if i >= 0 && row.Image == s.docker.images[i] && (row.Tag.Regexp == nil || row.Tag.MatchString(s.docker.tags[i])) {
			return []port{{row.Port, "", s.docker.file, s.docker.from, "port of " + row.Image}}
		}
	}
	return nil
}

// devPorts are those of a developers' server that the image starts.
func (s *survey) devPorts() []port {
	if s.docker.file == "" || s.framework == nil || s.framework.Kind != guide.KindStatic {
		return nil
	}
	_, script := s.startScript()
	for _, command := range []string{s.docker.command(), script} {
		for _, row := range s.Code.Devports {
			if row.Line.MatchString(command) {
				return []port{{row.Port, "", s.docker.file, s.docker.line, "default port of the developers' server"}}
			}
		}
	}
	return nil
}

// startPorts are those of the start command.
func (s *survey) startPorts() []port {
	file, line := s.procs.file, s.procs.line
	command := s.procs.web
	if command == "" && s.docker.file != "" {
		file, line, command = s.docker.file, s.docker.line, s.docker.command()
	}
	if command == "" {
		file, command = s.startScript()
		line = word(s.read(file), "start")
		if s.Code.Devservers.MatchString(command) && s.framework != nil && s.framework.Kind == guide.KindStatic {
			return nil
		}
	}
	if number := number(portFlag.FindStringSubmatch(command)); number > 0 {
		return []port{{number, "", file, line, "port in the start command"}}
	}
	return nil
}

func (s *survey) examplePorts() []port {
	for _, name := range s.Code.Examples {
		data := s.code(name)
		if at := envPort.FindSubmatchIndex(data); at != nil {
			return []port{{toPort(string(data[at[2]:at[3]])), "", name, lineOf(data, at[2]), "port in the environment"}}
		}
	}
	return nil
}

// defaultPorts are the framework's, or the language's where it serves anyway.
func (s *survey) defaultPorts() []port {
	switch {
	case s.framework != nil && s.framework.Port > 0:
		return []port{{s.framework.Port, "", s.marker, 0, s.framework.Name + " listens by default on"}}
	case s.language.Port > 0 && s.procs.other == "":
		return []port{{s.language.Port, "", s.marker, 0, "port by default"}}
	}
	if server, file := s.server(); file != "" {
		if server.Port > 0 {
			return []port{{server.Port, "", file, 0, "port by default"}}
		}
		return []port{{8080, "", file, 0, "serves, and names no port; taken by default"}}
	}
	if s.procs.web != "" {
		return []port{{8080, "", s.procs.file, s.procs.line, "web process; port by default"}}
	}
	return nil
}

func number(groups []string) int32 {
	for _, g := range groups[min(1, len(groups)):] {
		if g != "" {
			return toPort(g)
		}
	}
	return 0
}

func toPort(text string) int32 {
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return 0
	}
	return int32(n)
}
