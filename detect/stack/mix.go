package stack

import "regexp"

var (
	mixDependency = regexp.MustCompile(`\{\s*:(\w+)\s*,\s*(?:"([^"]*)")?([^}\n]*)\}`)
	mixVersion    = regexp.MustCompile(`\belixir:\s*"([^"]+)"`)
	mixApp        = regexp.MustCompile(`\bapp:\s*:(\w+)`)
	mixUmbrella   = regexp.MustCompile(`\bapps_path:`)
	mixStart      = regexp.MustCompile(`\bmod:\s*\{|\bescript:`)
	mixAside      = regexp.MustCompile(`only:\s*(?:\[\s*)?:(?:dev|test)`)
)

// parseMix reads mix.exs.
func parseMix(data []byte) (Manifest, error) {
	m := Manifest{Workspace: mixUmbrella.Match(data), Program: mixStart.Match(data)}
	for _, d := range mixDependency.FindAllSubmatch(data, -1) {
		dependency := Dependency{string(d[1]), string(d[2])}
		if mixAside.Match(d[3]) {
			m.Development = append(m.Development, dependency)
			continue
		}
		m.Dependencies = append(m.Dependencies, dependency)
	}
	if v := mixVersion.FindSubmatch(data); v != nil {
		m.Version = string(v[1])
	}
	if v := mixApp.FindSubmatch(data); v != nil {
		m.Name = string(v[1])
	}
	return m, nil
}
