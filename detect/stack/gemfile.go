package stack

import (
	"regexp"
	"strings"
)

var (
	gem         = regexp.MustCompile(`^\s*gem\s*\(?\s*["']([\w.-]+)["']\s*(?:,\s*["']([^"']+)["'])?(.*)`)
	gemGroup    = regexp.MustCompile(`^\s*group\b(.*)\bdo\b`)
	gemEnd      = regexp.MustCompile(`^\s*end\b`)
	gemBlock    = regexp.MustCompile(`\bdo\s*(?:\|.*\|)?\s*$|^\s*(?:if|unless|case)\b`)
	gemRuby     = regexp.MustCompile(`^\s*ruby\s*\(?\s*["']([^"']+)["']`)
	gemspec     = regexp.MustCompile(`^\s*gemspec\b`)
	development = regexp.MustCompile(`\b(?:development|test)\b`)
	production  = regexp.MustCompile(`\b(?:production|default)\b`)
)

// parseGemfile reads Gemfile. Gems in the groups development and test are not
// the application's.
func parseGemfile(data []byte) (Manifest, error) {
	m := Manifest{Manager: "bundler"}
	var blocks []bool // whether each open block is for development only
	aside := false
	for line := range strings.Lines(string(data)) {
		line, _, _ = strings.Cut(strings.TrimRight(line, "\r\n"), " #")
		switch {
		case gemEnd.MatchString(line) && len(blocks) > 0:
			blocks = blocks[:len(blocks)-1]
			aside = len(blocks) > 0 && blocks[len(blocks)-1]
		case gemBlock.MatchString(line):
			if group := gemGroup.FindStringSubmatch(line); group != nil {
				aside = development.MatchString(group[1]) && !production.MatchString(group[1])
			}
			blocks = append(blocks, aside)
		case gemspec.MatchString(line):
			m.Library = true
		}
		if found := gemRuby.FindStringSubmatch(line); found != nil {
			m.Version = found[1]
		}
		if found := gem.FindStringSubmatch(line); found != nil {
			m.addGem(found, aside)
		}
	}
	return m, nil
}

func (m *Manifest) addGem(found []string, aside bool) {
	dependency := Dependency{found[1], found[2]}
	if aside || strings.Contains(found[3], "group") && development.MatchString(found[3]) {
		m.Development = append(m.Development, dependency)
		return
	}
	m.Dependencies = append(m.Dependencies, dependency)
}
