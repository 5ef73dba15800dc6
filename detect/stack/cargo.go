package stack

import (
	"maps"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

type cargo struct {
	Package *struct {
		Name       string
		Rust       any    `toml:"rust-version"`
		DefaultRun string `toml:"default-run"`
	}
	Bin []struct{ Name, Path string }
	Lib map[string]any

	Workspace *struct {
		Members      []any
		Dependencies map[string]any
	}
	Dependencies map[string]any
	Development  map[string]any `toml:"dev-dependencies"`
}

// parseCargo reads Cargo.toml. Features of a library that choose a service count
// as "library:feature".
func parseCargo(data []byte) (Manifest, error) {
	var c cargo
	if _, err := toml.Decode(string(data), &c); err != nil {
		return Manifest{}, err
	}
	m := Manifest{Workspace: c.Workspace != nil, Program: len(c.Bin) > 0, Library: c.Package == nil}
	if c.Package != nil {
		m.Name, m.Version = c.Package.Name, text(c.Package.Rust)
		if c.Package.DefaultRun != "" {
			m.Programs = append(m.Programs, c.Package.DefaultRun)
		}
	}
	for _, bin := range c.Bin {
		m.Programs = append(m.Programs, bin.Name)
	}
	m.Dependencies = crates(c.Dependencies)
	if c.Workspace != nil {
		m.Shared = slices.DeleteFunc(crates(c.Workspace.Dependencies), func(d Dependency) bool { return !strings.Contains(d.Name, ":") })
	}
	return m, nil
}

// crates lists a table of dependencies, each with its features behind it.
func crates(from map[string]any) []Dependency {
	var m Manifest
	for _, name := range slices.Sorted(maps.Keys(from)) {
		table, _ := from[name].(map[string]any)
		version := text(from[name]) + text(table["version"])
		crate := text(table["package"])
		if crate == "" {
			crate = name
		}
		m.add(crate, version)
		features, _ := table["features"].([]any)
		for _, feature := range features {
			m.add(crate+":"+text(feature), "")
		}
	}
	return m.Dependencies
}
