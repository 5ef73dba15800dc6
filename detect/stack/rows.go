package stack

import (
	"fmt"
	"regexp"

	"go.yaml.in/yaml/v3"
)

// expression is a regular expression in a table.
type expression struct{ *regexp.Regexp }

// UnmarshalYAML compiles it.
func (e *expression) UnmarshalYAML(n *yaml.Node) (err error) {
	if e.Regexp, err = regexp.Compile(n.Value); err != nil {
		return fmt.Errorf("line %d: %w", n.Line, err)
	}
	return nil
}

type language struct {
	Language   string            `yaml:"language"`
	Manifests  map[string]string `yaml:"manifests"`
	Mark       expression        `yaml:"mark"`
	Bare       []string          `yaml:"bare"`
	Requires   []string          `yaml:"requires"`
	Beside     string            `yaml:"beside"`
	Workspaces []string          `yaml:"workspaces"`
	Entries    []string          `yaml:"entries"`
	Weak       []string          `yaml:"weak"`
	Entry      expression        `yaml:"entry"`
	Search     bool              `yaml:"search"`
	Strict     bool              `yaml:"strict"`
	Sources    []string          `yaml:"sources"`
	Versions   []versionFile     `yaml:"versions"`
	Supports   []supported       `yaml:"supports"`
	CGO        cgo               `yaml:"cgo"`
	Managers   []manager         `yaml:"managers"`
	Build      string            `yaml:"build"`
	Start      string            `yaml:"start"`
	Runners    map[string]string `yaml:"runners"`
	Kind       string            `yaml:"kind"`
	Port       int32             `yaml:"port"`
	Images     []string          `yaml:"images"`

	patterns []string // the keys of Manifests, sorted
}

type versionFile struct {
	File string     `yaml:"file"`
	Line expression `yaml:"line"`
}

// cgo tells a program that links to code in C, by a library of its own or by what
// its code holds.
type cgo struct {
	Libraries []string   `yaml:"libraries"`
	Contains  expression `yaml:"contains"`
}

// supported is the newest version of a language that releases of a library below
// one run on.
type supported struct {
	Library string `yaml:"library"`
	Below   string `yaml:"below"`
	Version string `yaml:"version"`
}

type manager struct {
	Manager string `yaml:"manager"`
	// File tells it, if it contains an expression, or Named in a manifest; the rule
	// where both are empty.
	File     string     `yaml:"file"`
	Contains expression `yaml:"contains"`
	Named    string     `yaml:"named"`
	Install  string     `yaml:"install"`
	Build    string     `yaml:"build"`
	Start    string     `yaml:"start"`
	Run      string     `yaml:"run"`
	Exec     string     `yaml:"exec"`
}

type framework struct {
	Name     string     `yaml:"name"`
	Any      []string   `yaml:"any"`
	File     string     `yaml:"file"`
	With     []string   `yaml:"with"`
	Beside   string     `yaml:"beside"`
	Contains expression `yaml:"contains"`
	Script   expression `yaml:"script"`
	Alone    bool       `yaml:"alone"`
	Kind     string     `yaml:"kind"`
	Port     int32      `yaml:"port"`
	Start    string     `yaml:"start"`
	Build    string     `yaml:"build"`
	Output   string     `yaml:"output"`
	Migrate  string     `yaml:"migrate"`
	Protocol string     `yaml:"protocol"`
}

type service struct {
	Kind       string   `yaml:"kind"`
	Family     string   `yaml:"family"`
	Libraries  []string `yaml:"libraries"`
	Schemes    []string `yaml:"schemes"`
	Keys       []string `yaml:"keys"`
	Properties []string `yaml:"properties"`
	// Bundled are libraries that bring the client's own, in C, along.
	Bundled []string `yaml:"bundled"`
	Images  []string `yaml:"images"`
}

type code struct {
	Ports       map[string][]expression `yaml:"ports"`
	Servers     []serving               `yaml:"servers"`
	WebSocket   expression              `yaml:"websocket"`
	Health      expression              `yaml:"health"`
	Variable    expression              `yaml:"variable"`
	Devservers  expression              `yaml:"devservers"`
	HealthPaths []struct {
		Path string   `yaml:"path"`
		Any  []string `yaml:"any"`
	} `yaml:"healthpaths"`
	ImagePorts []struct {
		Image string     `yaml:"image"`
		Tag   expression `yaml:"tag"`
		Port  int32      `yaml:"port"`
	} `yaml:"imageports"`
	Idle    []string `yaml:"idle"`
	Outputs []struct {
		File string     `yaml:"file"`
		Line expression `yaml:"line"`
	} `yaml:"outputs"`
	Devports []struct {
		Line expression `yaml:"line"`
		Port int32      `yaml:"port"`
	} `yaml:"devports"`
	Configurations []string   `yaml:"configurations"`
	PortFiles      []string   `yaml:"portfiles"`
	Examples       []string   `yaml:"examples"`
	Databases      []string   `yaml:"databases"`
	Tools          expression `yaml:"tools"`
	Kafka          struct {
		Producer expression   `yaml:"producer"`
		Consumer expression   `yaml:"consumer"`
		Topics   []expression `yaml:"topics"`
		Groups   []expression `yaml:"groups"`
	} `yaml:"kafka"`
}
