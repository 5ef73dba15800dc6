package stack

import (
	"path"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Composed is one service of a compose file.
type Composed struct {
	// File is the compose file's path in the tree; Name and Line the service's.
	File, Name string
	Line       int
	// Context is the folder that it is built from, relative to the file's; empty
	// where it only runs an Image.
	Context, Image, Command string
	// Ports are those of the container.
	Ports []int32
	// Environment and Needs, the images of what it depends on or names.
	Environment map[string]string
	Needs       []string
	// Optional: it only starts with a profile.
	Optional bool
}

// IsCompose says whether a file of that name is a compose file.
func IsCompose(name string) bool {
	switch name {
	case "compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml":
		return true
	}
	return false
}

type composeFile struct {
	Services map[string]struct {
		Build       yaml.Node `yaml:"build"`
		Image       string    `yaml:"image"`
		Command     yaml.Node `yaml:"command"`
		Ports       []any     `yaml:"ports"`
		Expose      []any     `yaml:"expose"`
		Environment any       `yaml:"environment"`
		DependsOn   any       `yaml:"depends_on"`
		Links       []string  `yaml:"links"`
		Profiles    []string  `yaml:"profiles"`
	} `yaml:"services"`
}

// ParseCompose reads a compose file at a path in the tree. One that is broken
// tells nothing.
func ParseCompose(file string, data []byte) []Composed {
	var c composeFile
	if yaml.Unmarshal(data, &c) != nil {
		return nil
	}
	var all []Composed
	for _, name := range sortedKeys(c.Services) {
		s := c.Services[name]
		one := Composed{File: file, Name: name, Line: max(s.Build.Line, 1), Image: s.Image, Context: buildContext(s.Build), Command: commandLine(s.Command),
			Environment: environment(s.Environment), Optional: len(s.Profiles) > 0}
		for _, list := range [][]any{s.Ports, s.Expose} {
			for _, p := range list {
				if n := containerPort(p); n > 0 {
					one.Ports = append(one.Ports, n)
				}
			}
		}
		for other, o := range c.Services {
			if other != name && o.Image != "" && (names(s.DependsOn, other) || mentions(one.Environment, other)) {
				one.Needs = append(one.Needs, o.Image)
			}
		}
		all = append(all, one)
	}
	return all
}

func buildContext(n yaml.Node) string {
	context := n.Value
	if n.Kind == yaml.MappingNode {
		var b struct{ Context string }
		if n.Decode(&b) != nil {
			return ""
		}
		context = b.Context
	}
	if n.Kind == 0 {
		return ""
	}
	return path.Clean(context)
}

func commandLine(n yaml.Node) string {
	var list []string
	if n.Decode(&list) == nil && len(list) > 0 {
		return strings.Join(list, " ")
	}
	return n.Value
}

var portMapping = regexp.MustCompile(`(?:^|:)(\d{2,5})(?:/tcp)?$`)

// containerPort is the right side of a mapping.
func containerPort(v any) int32 {
	switch v := v.(type) {
	case int:
		return toPort(strconv.Itoa(v))
	case string:
		return number(portMapping.FindStringSubmatch(v))
	case map[string]any:
		return containerPort(v["target"])
	}
	return 0
}

func environment(v any) map[string]string {
	to := map[string]string{}
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			to[key] = text(value)
			if n, ok := value.(int); ok {
				to[key] = strconv.Itoa(n)
			}
		}
	case []any:
		for _, one := range v {
			key, value, _ := strings.Cut(text(one), "=")
			to[key] = value
		}
	}
	return to
}

// names says whether depends_on, in either form, names a service.
func names(v any, name string) bool {
	switch v := v.(type) {
	case map[string]any:
		_, ok := v[name]
		return ok
	case []any:
		for _, one := range v {
			if text(one) == name {
				return true
			}
		}
	}
	return false
}

// mentions says whether a value of the environment is a service's address.
func mentions(environment map[string]string, name string) bool {
	for _, value := range environment {
		if value == name || strings.Contains(value, "//"+name) || strings.Contains(value, "@"+name) || strings.HasPrefix(value, name+":") {
			return true
		}
	}
	return false
}
