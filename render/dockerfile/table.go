package dockerfile

import (
	_ "embed"
	"fmt"

	"sigs.k8s.io/yaml"

	"github.com/spotguide/spotguide/spotguides/guide"
)

//go:embed images.yaml
var images []byte

// table is images.yaml.
type table struct {
	Languages map[string]language `json:"languages"`
	Static    string              `json:"static"`
}

// language is how programs of a language are built and run; see images.yaml.
type language struct {
	Versions         []string           `json:"versions"`
	Preferred        string             `json:"preferred"`
	Least            bool               `json:"least"`
	Build            string             `json:"build"`
	Run              string             `json:"run"`
	Shell            string             `json:"shell"`
	Environment      map[string]string  `json:"environment"`
	BuildEnvironment map[string]string  `json:"buildEnvironment"`
	RunEnvironment   map[string]string  `json:"runEnvironment"`
	Services         map[string]string  `json:"services"`
	Caches           []string           `json:"caches"`
	Arguments        []string           `json:"arguments"`
	Managers         map[string]manager `json:"managers"`
	Assets           map[string]string  `json:"assets"`
	CGO              linked             `json:"cgo"`
	Program          string             `json:"program"`
	Finish           string             `json:"finish"`
	Take             string             `json:"take"`
}

// linked is what differs for programs that link to code in C.
type linked struct {
	Build            string            `json:"build"`
	Run              string            `json:"run"`
	Shell            string            `json:"shell"`
	BuildEnvironment map[string]string `json:"buildEnvironment"`
}

// of is the language as a stack's programs need it.
func (l language) of(s guide.Stack) language {
	if s.CGO && l.CGO.Build != "" {
		l.Build, l.Run, l.Shell, l.BuildEnvironment = l.CGO.Build, l.CGO.Run, l.CGO.Shell, l.CGO.BuildEnvironment
	}
	return l
}

// manager is what a package manager needs; see images.yaml.
type manager struct {
	Files   []string          `json:"files"`
	Only    string            `json:"only"`
	Options string            `json:"options"`
	Rest    string            `json:"rest"`
	Fetch   string            `json:"fetch"`
	Tools   string            `json:"tools"`
	Ready   string            `json:"ready"`
	Build   string            `json:"build"`
	Run     string            `json:"run"`
	Prune   string            `json:"prune"`
	Rewrite map[string]string `json:"rewrite"`
}

func load() (table, error) {
	var t table
	if err := yaml.UnmarshalStrict(images, &t); err != nil {
		return t, fmt.Errorf("images.yaml: %w", err)
	}
	return t, nil
}
