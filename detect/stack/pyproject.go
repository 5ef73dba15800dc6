package stack

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// pyproject is the part of pyproject.toml that matters.
type pyproject struct {
	Project struct {
		Name           string
		RequiresPython string              `toml:"requires-python"`
		Dependencies   []any               `toml:"dependencies"`
		Optional       map[string][]string `toml:"optional-dependencies"`
		Scripts        map[string]any
	}
	Tool struct {
		Poetry struct {
			Name         string
			Dependencies map[string]any
			Scripts      map[string]any
		}
		Uv struct {
			Workspace *struct{ Members []any }
		}
		Pdm, Hatch map[string]any
	}
}

// parsePyproject reads pyproject.toml, as PEP 621 or Poetry have it.
func parsePyproject(data []byte) (Manifest, error) {
	var p pyproject
	if _, err := toml.Decode(string(data), &p); err != nil {
		return Manifest{}, err
	}
	m := Manifest{Name: p.Project.Name, Version: p.Project.RequiresPython, Workspace: p.Tool.Uv.Workspace != nil}
	for _, d := range p.Project.Dependencies {
		addRequirement(&m, text(d))
	}
	for _, name := range slices.Sorted(maps.Keys(p.Tool.Poetry.Dependencies)) {
		version := p.Tool.Poetry.Dependencies[name]
		if name == "python" {
			m.Version = text(version)
			continue
		}
		m.add(name, text(version))
	}
	if m.Name == "" {
		m.Name = p.Tool.Poetry.Name
	}
	if p.Tool.Poetry.Dependencies != nil {
		m.Manager = "poetry"
	}
	for _, scripts := range []map[string]any{p.Project.Scripts, p.Tool.Poetry.Scripts} {
		m.Programs = append(m.Programs, slices.Sorted(maps.Keys(scripts))...)
	}
	m.Program = len(m.Programs) > 0
	return m, nil
}

// requirement is a line of requirements.txt or a string of PEP 508.
var requirement = regexp.MustCompile(`^\s*([A-Za-z0-9][\w.-]*)\s*(\[[^\]]*\])?\s*([^;#]*)`)

// parseRequirements reads requirements.txt.
func parseRequirements(data []byte) (Manifest, error) {
	var m Manifest
	for line := range strings.Lines(string(data)) {
		addRequirement(&m, line)
	}
	return m, nil
}

func addRequirement(m *Manifest, line string) {
	if _, name, ok := strings.Cut(line, "#egg="); ok {
		line = name
	}
	found := requirement.FindStringSubmatch(line)
	if found == nil {
		return
	}
	m.add(found[1], strings.TrimSpace(found[3]))
	for extra := range strings.SplitSeq(strings.Trim(found[2], "[]"), ",") {
		if extra = strings.TrimSpace(extra); extra != "" && found[2] != "" {
			m.add(found[1]+":"+extra, "")
		}
	}
}

// parsePipfile reads Pipfile.
func parsePipfile(data []byte) (Manifest, error) {
	var p struct {
		Packages map[string]any
		Requires map[string]any
		Scripts  map[string]any
	}
	if _, err := toml.Decode(string(data), &p); err != nil {
		return Manifest{}, err
	}
	m := Manifest{Dependencies: versions(p.Packages, nil), Manager: "pipenv"}
	for _, key := range []string{"python_version", "python_full_version"} {
		if m.Version == "" {
			m.Version = text(p.Requires[key])
		}
	}
	return m, nil
}

var (
	installRequires = regexp.MustCompile(`(?s)install_requires\s*=\s*\[(.*?)\]`)
	quoted          = regexp.MustCompile(`["']([^"'\n]+)["']`)
	pythonRequires  = regexp.MustCompile(`python_requires\s*=\s*["']([^"']+)["']`)
)

// parseSetupPy reads setup.py as far as it is written out.
func parseSetupPy(data []byte) (Manifest, error) {
	var m Manifest
	if list := installRequires.FindSubmatch(data); list != nil {
		for _, one := range quoted.FindAllSubmatch(list[1], -1) {
			addRequirement(&m, string(one[1]))
		}
	}
	if v := pythonRequires.FindSubmatch(data); v != nil {
		m.Version = string(v[1])
	}
	return m, nil
}

var condaPackage = regexp.MustCompile(`(?m)^\s*-\s*(?:[\w-]+::)?([A-Za-z][\w.-]*)\s*([=<>~!][^#\n]*)?\s*$`)

// parseConda reads environment.yml; the lines of pip's list look alike.
func parseConda(data []byte) (Manifest, error) {
	var m Manifest
	for _, found := range condaPackage.FindAllSubmatch(data, -1) {
		name, version := string(found[1]), strings.TrimLeft(string(found[2]), "= ")
		if name == "python" {
			m.Version = version
			continue
		}
		m.add(name, version)
	}
	return m, nil
}
