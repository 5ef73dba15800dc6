package stack

import (
	"slices"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// need is a service and where it was seen.
type need struct {
	row        int
	file       string
	line       int
	text       string
	configured bool // by configuration, not just by a library
}

// tellServices lists the services that dependencies and configuration name.
func (s *survey) tellServices() {
	needs := s.byLibrary()
	needs = append(append(needs, s.byConfiguration()...), s.byCompose()...)
	found := map[int]need{}
	for _, n := range needs {
		old, known := found[n.row]
		if !known {
			found[n.row] = n
			continue
		}
		old.configured = old.configured || n.configured
		found[n.row] = old
	}
	chosen := map[string]bool{} // families of which configuration names one
	for row, n := range found {
		if n.configured {
			chosen[s.Services[row].Family] = true
		}
	}
	for _, kind := range s.kinds(found) {
		row := slices.IndexFunc(s.Services, func(r service) bool { return r.Kind == kind })
		n, family := found[row], s.Services[row].Family
		one := guide.Service{Kind: kind, Optional: family != "" && chosen[family] && !n.configured}
		one.Bundled = s.dependency(s.Services[row].Bundled) != nil
		if n.file == "" {
			s.citeComposed("services", kind+": "+n.text)
		} else {
			s.cite("services", n.file, n.line, kind+": "+n.text)
		}
		if kind == "kafka" {
			s.tellKafka(&one)
		}
		s.stack.Services = append(s.stack.Services, one)
	}
}

func (s *survey) kinds(found map[int]need) []string {
	var kinds []string
	for row := range found {
		kinds = append(kinds, s.Services[row].Kind)
	}
	slices.Sort(kinds)
	return kinds
}

// byLibrary are the services whose libraries the manifests name.
func (s *survey) byLibrary() []need {
	var needs []need
	for _, m := range s.manifests {
		for _, d := range m.Dependencies {
			for _, row := range s.libraries.find(d.Name) {
				needs = append(needs, need{row, m.file, s.lineOfName(m.file, d.Name), "library " + d.Name, false})
			}
		}
	}
	return needs
}
