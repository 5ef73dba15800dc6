package render

import (
	"fmt"
	"path"
	"strings"

	"sigs.k8s.io/kustomize/api/konfig"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// closure copies a kustomization and all that it names into memory and
// refuses whatever is not in the repository, before Kustomize sees any of it.
type closure struct {
	in *input
	// dir is the application's.
	dir   string
	files filesys.FileSystem
	// lines of objects by file and "Kind name".
	lines   map[string]map[string]int
	visited map[string]loaded
	found   problems
}

// reference is a path that a kustomization gives.
type reference struct {
	file  string
	line  int
	field string
	value string
}

func newClosure(in *input, dir string) *closure {
	return &closure{
		in: in, dir: dir, files: filesys.MakeFsInMemory(),
		lines: map[string]map[string]int{}, visited: map[string]loaded{},
	}
}

func (c *closure) refuse(r reference, format string, args ...any) {
	what := fmt.Sprintf(format, args...)
	if r.field != "" {
		what = fmt.Sprintf("%s: %q %s", r.field, short(r.value), what)
	}
	c.found.add(problem(r.file, r.line, "%s", what))
}

// kustomization loads the one in dir and all that it names.
func (c *closure) kustomization(from reference, dir string, _ bool) loaded {
	if l, ok := c.visited[dir]; ok {
		return l
	}
	c.visited[dir] = loaded{}
	if !contains(dir, c.dir) {
		c.in.note(dir)
	}
	name, ok := c.kustomizationFile(from, dir)
	if !ok {
		return loaded{}
	}
	data, err := c.in.read(name)
	if err != nil {
		c.found.add(err)
		return loaded{}
	}
	l, err := parseKustomization(name, data)
	if err != nil {
		c.found.add(err)
		return loaded{}
	}
	if err := c.files.WriteFile("/"+name, data); err != nil {
		c.found.add(problem(name, 0, "cannot be used: %w", err))
		return loaded{}
	}
	c.visited[dir] = l
	c.follow(l)
	return l
}

// kustomizationFile finds the one kustomization file of a folder.
func (c *closure) kustomizationFile(from reference, dir string) (string, bool) {
	var names []string
	for _, name := range konfig.RecognizedKustomizationFileNames() {
		if name := path.Join(dir, name); c.in.exists(name) {
			names = append(names, name)
		}
	}
	switch len(names) {
	case 0:
		c.refuse(from, "is a folder without a kustomization.yaml")
		return "", false
	case 1:
		return names[0], true
	}
	c.refuse(from, "has several kustomizations: keep one of %s", strings.Join(names, ", "))
	return "", false
}

// file copies one file that a kustomization in dir names.
func (c *closure) file(r reference, dir string) ([]byte, string, bool) {
	name, ok := c.resolve(r, dir)
	if !ok {
		return nil, "", false
	}
	if c.in.isDir(name) {
		c.refuse(r, "is a folder: a file is wanted here")
		return nil, "", false
	}
	return c.copy(r, name)
}

func (c *closure) copy(r reference, name string) ([]byte, string, bool) {
	data, err := c.in.read(name)
	if err != nil {
		c.refuse(r, "%s", strings.TrimPrefix(err.Error(), name+": "))
		return nil, "", false
	}
	if err := c.files.WriteFile("/"+name, data); err != nil {
		c.refuse(r, "cannot be used: %v", err)
		return nil, "", false
	}
	return data, name, true
}

// resolve gives the path in the tree of what a kustomization in dir names.
func (c *closure) resolve(r reference, dir string) (string, bool) {
	switch name := path.Join(dir, r.value); {
	case isRemote(r.value):
		c.refuse(r, "is remote: copy it into the repository")
	case r.value == "":
		c.refuse(r, "is empty")
	case path.IsAbs(r.value):
		c.refuse(r, "is absolute: give a path relative to %s", r.file)
	case leaves(name):
		c.refuse(r, "leads out of the repository")
	default:
		return name, true
	}
	return "", false
}

// short is a value that is fit for an error message.
func short(s string) string {
	if line, _, more := strings.Cut(strings.TrimSpace(s), "\n"); more || len(line) > 80 {
		return line[:min(len(line), 80)] + "..."
	}
	return s
}
