package stack

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/tailscale/hujson"
)

// packageJSON are the fields of package.json that matter. Fields that people
// write in several forms are taken as they come.
type packageJSON struct {
	Name                 string         `json:"name"`
	Private              bool           `json:"private"`
	Main                 any            `json:"main"`
	Module               any            `json:"module"`
	Exports              any            `json:"exports"`
	Files                any            `json:"files"`
	Types                any            `json:"types"`
	Bin                  any            `json:"bin"`
	PublishConfig        any            `json:"publishConfig"`
	PackageManager       string         `json:"packageManager"`
	Engines              map[string]any `json:"engines"`
	Volta                map[string]any `json:"volta"`
	Workspaces           any            `json:"workspaces"`
	Scripts              map[string]any `json:"scripts"`
	Dependencies         map[string]any `json:"dependencies"`
	OptionalDependencies map[string]any `json:"optionalDependencies"`
	PeerDependencies     map[string]any `json:"peerDependencies"`
	DevDependencies      map[string]any `json:"devDependencies"`
}

// parsePackageJSON reads package.json, also one with comments.
func parsePackageJSON(data []byte) (Manifest, error) {
	var p packageJSON
	if err := decodeJSON(data, &p); err != nil {
		return Manifest{}, err
	}
	m := Manifest{Name: p.Name, Main: text(p.Main), Scripts: texts(p.Scripts), Workspace: p.Workspaces != nil,
		Dependencies: versions(p.Dependencies, p.OptionalDependencies), Development: versions(p.DevDependencies, nil)}
	m.Manager, _, _ = strings.Cut(p.PackageManager, "@")
	for _, from := range []map[string]any{p.Engines, p.Volta} {
		if m.Version == "" {
			m.Version = text(from["node"])
		}
	}
	for _, name := range []string{"pnpm", "yarn", "bun"} {
		if m.Manager == "" && text(p.Engines[name]) != "" {
			m.Manager = name
		}
	}
	if m.Main == "" && p.Private {
		m.Main = text(p.Module)
	}
	published := p.Exports != nil || p.Module != nil || p.Types != nil || p.PublishConfig != nil || p.Files != nil
	m.Library = !p.Private && (published || len(p.PeerDependencies) > 0)
	return m, nil
}

// nxProject is project.json of Nx, which runs targets by executors.
type nxProject struct {
	Name        string `json:"name"`
	ProjectType string `json:"projectType"`
	Targets     map[string]struct {
		Executor string         `json:"executor"`
		Options  map[string]any `json:"options"`
	} `json:"targets"`
}

// parseNxProject reads project.json. The package of an executor counts as a
// dependency, for the real ones stand at the workspace's root.
func parseNxProject(data []byte) (Manifest, error) {
	var p nxProject
	if err := decodeJSON(data, &p); err != nil {
		return Manifest{}, err
	}
	m := Manifest{Name: p.Name, Program: p.ProjectType == "application" && !strings.HasSuffix(p.Name, "-e2e"), Library: p.ProjectType == "library"}
	for _, name := range slices.Sorted(maps.Keys(p.Targets)) {
		target := p.Targets[name]
		executor, _, _ := strings.Cut(target.Executor, ":")
		m.add(executor, "")
		if name == "build" {
			m.Output, m.Main = text(target.Options["outputPath"]), ""
		}
	}
	return m, nil
}

// decodeJSON decodes JSON with comments and trailing commas.
func decodeJSON(data []byte, into any) error {
	data = []byte(strings.TrimPrefix(string(data), "\ufeff"))
	err := unmarshal(data, into)
	if err == nil {
		return nil
	}
	plain, again := hujson.Standardize(data)
	if again != nil {
		return err
	}
	return unmarshal(plain, into)
}

// unmarshal takes what fits; a field of another type is left out.
func unmarshal(data []byte, into any) error {
	err := json.Unmarshal(data, into)
	var other *json.UnmarshalTypeError
	if errors.As(err, &other) {
		return nil
	}
	return err
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

func texts(from map[string]any) map[string]string {
	to := map[string]string{}
	for name, v := range from {
		to[name] = text(v)
	}
	return to
}

// versions lists dependencies in the order of their names.
func versions(from, more map[string]any) []Dependency {
	var all []Dependency
	for _, set := range []map[string]any{from, more} {
		for _, name := range slices.Sorted(maps.Keys(set)) {
			if name != "" {
				all = append(all, Dependency{name, text(set[name])})
			}
		}
	}
	return all
}
