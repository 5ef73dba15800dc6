package render

import (
	"path"
	"strings"

	"go.yaml.in/yaml/v3"
	"sigs.k8s.io/kustomize/api/types"
)

// loaded is one kustomization.
type loaded struct {
	file, dir     string
	kustomization types.Kustomization
	root          *yaml.Node
	// line of everything in it, when it is text inside another file.
	line int
}

// parseKustomization reads a file as Kustomize does, and once more for lines.
func parseKustomization(name string, data []byte) (loaded, error) {
	l := loaded{file: name, dir: path.Dir(name)}
	root, err := parse(document{data: data, line: 1})
	if err != nil {
		return l, &Error{File: name, Line: lineOf(err, 0), Err: err}
	}
	if l.root = root; root == nil {
		return l, problem(name, 0, "is empty")
	}
	if err := l.kustomization.Unmarshal(data); err != nil {
		return l, problem(name, 0, "%s", strings.TrimPrefix(err.Error(), "invalid Kustomization: "))
	}
	l.kustomization.FixKustomization()
	return l, nil
}

// at is a reference in this kustomization, with the line its value is on.
func (l loaded) at(field, value string) reference {
	r := reference{file: l.file, line: l.line, field: field, value: value}
	if r.line == 0 {
		r.line = lineOfValue(l.root, value)
	}
	return r
}

// lineOfValue is where a scalar is first given, 0 when it is not.
func lineOfValue(n *yaml.Node, value string) int {
	if n == nil {
		return 0
	}
	if n.Kind == yaml.ScalarNode && n.Value == value {
		return n.Line
	}
	for _, child := range n.Content {
		if line := lineOfValue(child, value); line > 0 {
			return line
		}
	}
	return 0
}
