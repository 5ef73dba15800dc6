package stack

import "regexp"

var (
	cpanRequires = regexp.MustCompile(`(?m)^\s*requires\s+['"]([\w:]+)['"]\s*(?:(?:,|=>)\s*['"]?([^'";]*)['"]?)?\s*;`)
	cpanPhase    = regexp.MustCompile(`(?ms)^\s*on\s+['"]?(?:test|develop|configure|build)['"]?\s*=>\s*sub\s*\{.*?^\s*\}\s*;`)
)

// parseCpanfile reads a cpanfile of Perl. What only tests and builds need is
// left out.
func parseCpanfile(data []byte) (Manifest, error) {
	m := Manifest{Manager: "cpanm"}
	for _, d := range cpanRequires.FindAllSubmatch(cpanPhase.ReplaceAll(data, nil), -1) {
		if name := string(d[1]); name == "perl" {
			m.Version = string(d[2])
		} else {
			m.add(name, string(d[2]))
		}
	}
	return m, nil
}
