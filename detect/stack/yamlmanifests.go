package stack

import (
	"maps"
	"slices"

	"go.yaml.in/yaml/v3"
)

// parseShard reads Crystal's shard.yml.
func parseShard(data []byte) (Manifest, error) {
	var s struct {
		Name         string
		Crystal      string
		Dependencies map[string]any
		Targets      map[string]any
	}
	if err := yaml.Unmarshal(data, &s); err != nil {
		return Manifest{}, err
	}
	m := Manifest{Name: s.Name, Version: s.Crystal, Programs: slices.Sorted(maps.Keys(s.Targets)), Program: len(s.Targets) > 0}
	for _, name := range slices.Sorted(maps.Keys(s.Dependencies)) {
		m.add(name, "")
		source, _ := s.Dependencies[name].(map[string]any)
		m.add(text(source["github"]), "")
	}
	return m, nil
}

// parsePubspec reads Dart's pubspec.yaml.
func parsePubspec(data []byte) (Manifest, error) {
	var p struct {
		Name         string
		Environment  map[string]any
		Dependencies map[string]any
		Workspace    []any
	}
	if err := yaml.Unmarshal(data, &p); err != nil {
		return Manifest{}, err
	}
	m := Manifest{Name: p.Name, Version: text(p.Environment["sdk"]), Workspace: len(p.Workspace) > 0}
	for _, name := range slices.Sorted(maps.Keys(p.Dependencies)) {
		if name == "flutter" {
			name = "sdk:flutter"
		}
		m.add(name, text(p.Dependencies[name]))
	}
	return m, nil
}

// parseHpack reads Haskell's package.yaml.
func parseHpack(data []byte) (Manifest, error) {
	type section struct{ Dependencies []any }
	var p struct {
		Name         string
		Dependencies []any
		Executables  map[string]section
		Executable   *section
		Library      *section
	}
	if err := yaml.Unmarshal(data, &p); err != nil {
		return Manifest{}, err
	}
	m := Manifest{Name: p.Name, Programs: slices.Sorted(maps.Keys(p.Executables))}
	lists := [][]any{p.Dependencies}
	if p.Executable != nil {
		m.Programs = append(m.Programs, p.Name)
		lists = append(lists, p.Executable.Dependencies)
	}
	if p.Library != nil {
		lists = append(lists, p.Library.Dependencies)
	}
	for _, name := range m.Programs {
		lists = append(lists, p.Executables[name].Dependencies)
	}
	for _, list := range lists {
		for _, d := range list {
			addHaskell(&m, text(d))
		}
	}
	m.Program = len(m.Programs) > 0
	return m, nil
}

// parseStackYAML reads the resolver of stack.yaml.
func parseStackYAML(data []byte) (Manifest, error) {
	var s struct{ Resolver, Snapshot any }
	if err := yaml.Unmarshal(data, &s); err != nil {
		return Manifest{}, err
	}
	return Manifest{Manager: "stack", Version: text(s.Resolver) + text(s.Snapshot)}, nil
}
