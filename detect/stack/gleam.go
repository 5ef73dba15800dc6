package stack

import (
	"maps"
	"slices"

	"github.com/BurntSushi/toml"
)

// parseGleam reads gleam.toml.
func parseGleam(data []byte) (Manifest, error) {
	var g struct {
		Name         string
		Gleam        any
		Dependencies map[string]any
	}
	if _, err := toml.Decode(string(data), &g); err != nil {
		return Manifest{}, err
	}
	m := Manifest{Name: g.Name, Version: text(g.Gleam), Manager: "gleam"}
	for _, name := range slices.Sorted(maps.Keys(g.Dependencies)) {
		m.add(name, text(g.Dependencies[name]))
	}
	return m, nil
}
