package stack

import (
	"regexp"
	"strings"
)

var (
	cabalName       = regexp.MustCompile(`(?mi)^name:\s*(\S+)`)
	cabalExecutable = regexp.MustCompile(`(?mi)^executable\s+(\S+)`)
	cabalDepends    = regexp.MustCompile(`(?mi)^[ \t]+build-depends:[ \t]*((?:.*\n?)(?:[ \t]+,?[ \t]*[\w-]+[^:\n]*\n?)*)`)
	haskellPackage  = regexp.MustCompile(`^[\s,]*([A-Za-z][\w-]*)`)
)

// parseCabal reads *.cabal.
func parseCabal(data []byte) (Manifest, error) {
	m := Manifest{Manager: "cabal"}
	if v := cabalName.FindSubmatch(data); v != nil {
		m.Name = string(v[1])
	}
	for _, e := range cabalExecutable.FindAllSubmatch(data, -1) {
		m.Programs = append(m.Programs, string(e[1]))
	}
	m.Program = len(m.Programs) > 0
	for _, list := range cabalDepends.FindAllSubmatch(data, -1) {
		for one := range strings.SplitSeq(string(list[1]), ",") {
			addHaskell(&m, one)
		}
	}
	return m, nil
}

func addHaskell(m *Manifest, text string) {
	if found := haskellPackage.FindStringSubmatch(text); found != nil {
		m.add(found[1], "")
	}
}
