package stack

import (
	"regexp"
	"slices"
	"strconv"

	"github.com/spotguide/spotguide/spotguides/guide"
)

var (
	springPort = regexp.MustCompile(`(?m)^\s*(?:%\w+\.)?(?:server\.port|quarkus\.http\.port|micronaut\.server\.port|http\.port|play\.server\.http\.port|ktor\.deployment\.port)\s*[=:]\s*(?:\$\{[\w.]+:)?"?(\d{2,5})`)
	nestedPort = regexp.MustCompile(`(?m)^(?:server|micronaut|quarkus|http|ktor|    deployment|  server|  http)\s*[:{][^\n]*\n(?:[ \t]+[^\n]*\n){0,8}?[ \t]+port\s*[:=]\s*"?(?:\$\{\??[\w.]+:?)?(\d{2,5})`)
)

// configPorts are those of configuration that the program reads.
func (s *survey) configPorts() []port {
	for _, pattern := range s.Code.PortFiles {
		for _, file := range s.glob(pattern) {
			data := s.code(file)
			for _, e := range []*regexp.Regexp{springPort, nestedPort, pumaPort, rocketPort, elixirPort, bindPort} {
				if at := e.FindSubmatchIndex(data); at != nil && at[2] >= 0 {
					return []port{{toPort(string(data[at[2]:at[3]])), "", file, lineOf(data, at[2]), "configured port"}}
				}
			}
		}
	}
	return nil
}

var (
	pumaPort   = regexp.MustCompile(`(?m)^\s*port\s*\(?\s*(?:ENV\.fetch\(["']PORT["']\)?\s*(?:\{|,)?\s*)?["']?(\d{2,5})`)
	elixirPort = regexp.MustCompile(`\bport:\s*(?:String\.to_integer\()?(?:System\.get_env\("PORT"(?:,\s*|\)\s*\|\|\s*))?"?(\d{4,5})`)
	bindPort   = regexp.MustCompile(`(?m)^\s*(?:bind|http|http-socket)\s*=\s*\[?["']?[\w.\[\]]*:(\d{2,5})\b`)
	rocketPort = regexp.MustCompile(`(?m)^\s*port\s*=\s*(\d{2,5})`)
)

// codePorts are those that the code listens on.
func (s *survey) codePorts() []port {
	expressions := append(slices.Clone(s.Code.Ports[s.language.Language]), s.Code.Ports["all"]...)
	if s.framework != nil && s.framework.Kind == guide.KindStatic {
		return nil
	}
	for i, files := range [][]string{s.near, nil} {
		if i > 0 {
			files = s.farServers()
		}
		for _, file := range files {
			data := s.code(file)
			for _, e := range expressions {
				for _, at := range e.FindAllSubmatchIndex(data, 8) {
					if n := toPort(string(data[at[2]:at[3]])); n > 0 && !isForeign(n) {
						return []port{fallback(port{n, "", file, lineOf(data, at[2]), "port in the code"}, data)}
					}
				}
			}
		}
	}
	return nil
}

// fallback gives a program that asks PORT one that needs no privilege, where the
// number in its code does.
func fallback(p port, data []byte) port {
	if p.number < 1024 && asksPort.Match(data) {
		p.number, p.text = 8080, "asks PORT, whose fallback "+strconv.Itoa(int(p.number))+" needs privileges; given"
	}
	return p
}

var asksPort = regexp.MustCompile(`(?:process\.env\.|(?i:getenv|lookupenv|environ|env)\S{0,12}["'\x60\[])PORT\b`)

// farServers are files anywhere in the folder that serve.
func (s *survey) farServers() []string {
	if s.framework == nil && len(s.near) == 0 || s.framework != nil && s.framework.Alone {
		return nil
	}
	return s.wide()
}

// isForeign says that a number in code is likelier something else than the port
// that it listens on.
func isForeign(port int32) bool {
	return isService(port) || port < 80 || port == 443 || port == 465 || port == 587 || port >= 1900 && port <= 2100
}

// isService says that a port is the usual one of a service that programs
// connect to.
func isService(port int32) bool {
	switch port {
	case 5432, 3306, 6379, 27017, 9092, 5672, 9200, 11211, 2181, 4222, 1433, 1521:
		return true
	}
	return false
}
