package stack

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
)

var (
	address  = regexp.MustCompile(`\b([a-z][a-z0-9+]*(?::[a-z0-9]+)?)://`)
	dsn      = regexp.MustCompile(`\b(jdbc:[a-z0-9]+|r2dbc:[a-z0-9]+|mysql|pgsql|sqlsrv):(?://|host=|Server=|unix_socket=)`)
	jdbc     = regexp.MustCompile(`\b(jdbc:[a-z0-9]+|r2dbc:[a-z0-9]+):`)
	variable = regexp.MustCompile(`(?m)^\s*(?:export\s+|-\s+)?["']?([A-Z][A-Z0-9_]+)["']?\s*[=:]`)
	environ  = regexp.MustCompile(`(?:process\.env\.|env\.|(?i:getenv|environ|env)(?:\.get|\.fetch|::var)?[\[(]\s*["'])([A-Z][A-Z0-9_]+)`)
	property = regexp.MustCompile(`(?m)^\s*([a-z][\w-]*(?:\.[\w-]+)+)\s*[=:]`)
	prisma   = regexp.MustCompile(`provider\s*=\s*"(postgresql|mysql|sqlserver|mongodb|cockroachdb)"`)
	django   = regexp.MustCompile(`["'](django\.db\.backends\.\w+)["']`)
	comment  = regexp.MustCompile(`(?m)^[ \t]*(?:#|//|;).*$`)
	adapter  = regexp.MustCompile(`(?m)^\s*(?:DB_CONNECTION|DB_CLIENT|DB_DIALECT|DB_TYPE|DB_DRIVER|DATABASE_ENGINE|DATABASE_TYPE)\s*=\s*["']?(\w+)|^\s*adapter:\s*["']?(\w+)|["']?(?:client|dialect|type)["']?\s*:\s*["'](\w+)["']|Ecto\.Adapters\.(\w+)`)
)

// byConfiguration are the services that configuration names, and those whose
// address stands in the code of an entry.
func (s *survey) byConfiguration() []need {
	var needs []need
	for _, pattern := range s.Code.Configurations {
		for _, file := range s.glob(pattern) {
			needs = append(needs, s.configured(file)...)
		}
	}
	for _, file := range s.near[:min(len(s.near), 6)] {
		data := s.code(file)
		for _, at := range dsn.FindAllSubmatchIndex(data, 8) {
			needs = s.scheme(needs, file, data, at)
		}
		for _, at := range address.FindAllSubmatchIndex(data, 64) {
			needs = s.scheme(needs, file, data, at)
		}
		needs = append(needs, s.keys(file, data, environ)...)
	}
	return needs
}

// configured reads one file of configuration.
func (s *survey) configured(file string) []need {
	data := blankComments(s.code(file))
	var needs []need
	for _, e := range []*regexp.Regexp{address, jdbc, dsn} {
		for _, at := range e.FindAllSubmatchIndex(data, 64) {
			needs = s.scheme(needs, file, data, at)
		}
	}
	for _, e := range []*regexp.Regexp{prisma, django, adapter} {
		for _, found := range e.FindAllSubmatchIndex(data, 16) {
			for g := 2; g+1 < len(found); g += 2 {
				if found[g] >= 0 {
					needs = s.named(needs, file, data, found[g], found[g+1])
				}
			}
		}
	}
	return append(needs, s.keys(file, data, variable)...)
}

// blankComments keeps the lines of configuration that count, each where it was.
func blankComments(data []byte) []byte {
	return comment.ReplaceAllFunc(data, func(line []byte) []byte { return bytes.Repeat([]byte(" "), len(line)) })
}

// scheme adds the service whose address is at a place.
func (s *survey) scheme(needs []need, file string, data []byte, at []int) []need {
	name := strings.ToLower(string(data[at[2]:at[3]]))
	for row, r := range s.Services {
		for _, scheme := range r.Schemes {
			if scheme == name {
				needs = append(needs, need{row, file, lineOf(data, at[2]), "address " + name + "://", true})
			}
		}
	}
	return needs
}

// named adds the service that a word of configuration names.
func (s *survey) named(needs []need, file string, data []byte, from, to int) []need {
	name := strings.ToLower(string(data[from:to]))
	for row, r := range s.Services {
		if r.Kind == name || "django.db.backends."+r.Kind == name || r.Kind == "postgresql" && (name == "postgres" || name == "pg") || r.Kind == "mysql" && (name == "mysql2" || name == "myxql" || name == "trilogy" || name == "mariadb") {
			needs = append(needs, need{row, file, lineOf(data, from), "configured " + name, true})
		}
	}
	return needs
}

// keys adds services by the names of variables and properties.
func (s *survey) keys(file string, data []byte, variable *regexp.Regexp) []need {
	var needs []need
	seen := map[int]bool{}
	for _, kind := range []struct {
		names      *regexp.Regexp
		what       string
		beginnings func(service) []string
	}{
		{variable, "variable ", func(r service) []string { return r.Keys }},
		{property, "property ", func(r service) []string { return r.Properties }},
	} {
		for _, at := range kind.names.FindAllSubmatchIndex(data, 256) {
			name := string(data[at[2]:at[3]])
			for row, r := range s.Services {
				if !seen[row] && slices.ContainsFunc(kind.beginnings(r), func(b string) bool { return strings.HasPrefix(name, b) }) {
					seen[row] = true
					needs = append(needs, need{row, file, lineOf(data, at[2]), kind.what + name, true})
				}
			}
		}
	}
	return needs
}
