package compose

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/compose-spec/compose-go/v2/types"
	"go.yaml.in/yaml/v3"
)

// maxRead bounds a compose file and a file of variables.
const maxRead = 1 << 20

// files are the compose file and the environment's own over it.
func (l *load) files(environment string) ([]types.ConfigFile, error) {
	data, err := l.read(l.file)
	if err != nil {
		return nil, err
	}
	if err := l.readLines(data); err != nil {
		return nil, err
	}
	files := []types.ConfigFile{{Filename: l.file, Content: data}}
	if environment == "" {
		return files, nil
	}
	ext := path.Ext(l.file)
	over := strings.TrimSuffix(l.file, ext) + "." + environment + ext
	data, err = l.read(over)
	if errors.Is(err, fs.ErrNotExist) {
		return files, nil
	}
	return append(files, types.ConfigFile{Filename: over, Content: data}), err
}

// readLines notes where services begin, and what else is told of the file.
func (l *load) readLines(data []byte) error {
	var file struct {
		Include  yaml.Node `yaml:"include"`
		Services yaml.Node `yaml:"services"`
	}
	if err := yaml.Unmarshal(data, &file); err != nil {
		return fmt.Errorf("%s: is no compose file: %s", l.file, strings.Join(strings.Fields(unmarshal.ReplaceAllString(err.Error(), "it has to be a map with services")), " "))
	}
	if at := selfReferring(&file.Services, map[*yaml.Node]bool{}); at != nil {
		return fmt.Errorf("%s:%d: *%s refers to what it is part of; write out what is meant", l.file, at.Line, at.Value)
	}
	services := file.Services.Content
	if len(services) > 2*maxServices {
		return fmt.Errorf("%s: has %d services; more than %d are not taken", l.file, len(services)/2, maxServices)
	}
	l.lines = map[string]int{}
	for i := 0; file.Services.Kind == yaml.MappingNode && i < len(services); i += 2 {
		l.lines[services[i].Value] = services[i].Line
	}
	if !file.Include.IsZero() {
		l.notice("line %d: what it includes is not read from here; compose files of the usual names in other folders are found by themselves", file.Include.Line)
	}
	return nil
}

// selfReferring is an alias below n of what it lies in. The library would follow it
// until its bound is reached, which takes seconds. Of seen nodes it is told whether
// they were left again.
func selfReferring(n *yaml.Node, seen map[*yaml.Node]bool) *yaml.Node {
	if seen[n] {
		return nil
	}
	seen[n] = false
	defer func() { seen[n] = true }()
	if n.Kind == yaml.AliasNode {
		if left, entered := seen[n.Alias]; entered && !left {
			return n
		}
		return selfReferring(n.Alias, seen)
	}
	for _, below := range n.Content {
		if at := selfReferring(below, seen); at != nil {
			return at
		}
	}
	return nil
}

// unmarshal is what the YAML library says of Go's types.
var unmarshal = regexp.MustCompile(`cannot unmarshal !!\w+ into .*`)

// readVariables reads what stands for variables in the file.
func (l *load) readVariables() (err error) {
	l.variables, err = l.env(path.Join(l.dir, ".env"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// env reads a file of variables, or the example that stands for it where it is
// kept out of the repository. Without either there are none.
func (l *load) env(name string) (map[string]string, error) {
	examples := []string{name + ".example", name + ".sample", name + ".template", name + ".dist", path.Join(path.Dir(name), "example"+path.Base(name))}
	for _, file := range append([]string{name}, examples...) {
		data, err := l.read(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		values, err := dotenv.ParseWithLookup(bytes.NewReader(data), func(key string) (string, bool) {
			value, ok := l.variables[key]
			return value, ok
		})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		if file != name && len(values) > 0 {
			l.notice("%s is not in the repository: the values of %s are used", name, file)
		}
		return values, nil
	}
	return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
}

// read returns a file of the tree.
func (l *load) read(name string) ([]byte, error) {
	if !fs.ValidPath(name) {
		return nil, fmt.Errorf("%s: leads out of the repository", name)
	}
	f, err := l.tree.Open(name)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxRead+1))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	if len(data) > maxRead {
		return nil, fmt.Errorf("%s: is larger than 1 MiB", name)
	}
	return data, nil
}

// in is a path of the tree by one of the compose file; false where it leads out.
func (l *load) in(name string) (string, bool) {
	if path.IsAbs(name) || strings.HasPrefix(name, "~") {
		return "", false
	}
	name = path.Join(l.dir, name)
	return name, fs.ValidPath(name)
}

// tellUnset tells of variables that have no value.
func (l *load) tellUnset() {
	if len(l.unset) > 0 {
		slices.Sort(l.unset)
		l.notice("nothing gives %s a value; %s would", strings.Join(l.unset, ", "), path.Join(l.dir, ".env"))
	}
}
