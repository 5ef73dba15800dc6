package stack

import (
	"regexp"
	"strings"
)

var (
	leinDependency = regexp.MustCompile(`\[\s*([\w.*+!?-]+(?:/[\w.*+!?-]+)?)\s+"([^"]+)"`)
	leinMain       = regexp.MustCompile(`:main\s+(?:\^\S+\s+)*([\w.*+!?-]+)`)
	leinName       = regexp.MustCompile(`\(defproject\s+(\S+)`)
	ednDependency  = regexp.MustCompile(`([\w.*+!?-]+/[\w.*+!?-]+|[\w.*+!?-]+)\s+\{\s*:(?:mvn/version|git/\w+|local/root)\s+"([^"]+)"`)
	ednMain        = regexp.MustCompile(`"-m"\s+"([\w.-]+)"`)
)

// parseLeiningen reads project.clj.
func parseLeiningen(data []byte) (Manifest, error) {
	m := Manifest{Manager: "leiningen"}
	for _, d := range leinDependency.FindAllSubmatch(data, -1) {
		m.add(string(d[1]), string(d[2]))
	}
	if v := leinMain.FindSubmatch(data); v != nil {
		m.Main, m.Program = string(v[1]), true
	}
	if v := leinName.FindSubmatch(data); v != nil {
		m.Name = string(v[1])
	}
	return m, nil
}

// parseEDN reads deps.edn.
func parseEDN(data []byte) (Manifest, error) {
	m := Manifest{Manager: "clojure"}
	for _, d := range ednDependency.FindAllSubmatch(data, -1) {
		name := string(d[1])
		if group, artifact, ok := strings.Cut(name, "/"); ok && group == artifact {
			name = artifact
		}
		m.add(name, string(d[2]))
	}
	if v := ednMain.FindSubmatch(data); v != nil {
		m.Main, m.Program = string(v[1]), true
	}
	return m, nil
}
