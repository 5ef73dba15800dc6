package guide

import (
	"fmt"
	"strings"
)

// report collects problems.
type report struct {
	problems Problems
	// asDecoded are those found before any value was checked. What could not
	// be decoded is not checked: its value is not what was written.
	asDecoded Problems
}

// The bounds of what is told: who has so many problems needs no more of them.
const (
	maxProblems = 100
	maxText     = 300
)

func (r *report) add(p Problem) {
	p.Path, p.Message, p.Hint = cut(p.Path), cut(p.Message), cut(p.Hint)
	switch {
	case r.full():
		return
	case len(r.problems) == maxProblems:
		p = Problem{File: p.File, Message: "more problems", Hint: "mend those before first"}
	}
	r.problems = append(r.problems, p)
}

// full says that nothing more will be told.
func (r *report) full() bool { return len(r.problems) > maxProblems }

// cut shortens a text that repeats too much of a file.
func cut(s string) string {
	if len(s) <= maxText {
		return s
	}
	return strings.ToValidUTF8(s[:maxText], "") + "..."
}

// file reports about a file as a whole.
func (r *report) file(name, hint, format string, args ...any) {
	r.add(Problem{File: name, Message: fmt.Sprintf(format, args...), Hint: hint})
}

// at reports about the node that stands at path.
func (r *report) at(n *node, path, hint, format string, args ...any) {
	r.add(Problem{File: n.file, Line: n.line, Column: n.column, Path: path,
		Message: fmt.Sprintf(format, args...), Hint: hint})
}

// document is one descriptor being checked: its nodes tell the places.
type document struct {
	*report
	file string
	root *node // laid over what stands below
	over *node // the file alone; nil when it is absent
}

// problem reports about the field that path leads to: strings are keys, ints
// are positions in a list.
func (d document) problem(path []any, hint, format string, args ...any) {
	if d.full() {
		return
	}
	place, name := d.find(path)
	for _, p := range d.asDecoded {
		if p.File == d.file && p.Path != "" && strings.HasPrefix(name+".", p.Path+".") {
			return
		}
	}
	if place == nil {
		d.add(Problem{File: d.file, Path: name, Message: fmt.Sprintf(format, args...), Hint: hint})
		return
	}
	d.at(place, name, hint, format, args...)
}

// find is the deepest node on the path that has a place, and the path as text.
func (d document) find(path []any) (*node, string) {
	n, name := d.root, ""
	var place *node
	for _, step := range path {
		place = deeper(place, n)
		switch step := step.(type) {
		case string:
			name = join(name, step)
			n = n.field(step)
		case int:
			if n != nil && step < len(n.items) {
				n = n.items[step]
			} else {
				n = nil
			}
			name = index(name, step, n)
		}
	}
	return deeper(place, n), name
}

func deeper(place, n *node) *node {
	if n != nil && n.file != "" {
		return n
	}
	return place
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// index names an item by its name where it has one, else by its position.
func index(path string, i int, item *node) string {
	if item != nil && item.name() != "" {
		return fmt.Sprintf("%s[%s]", path, item.name())
	}
	return fmt.Sprintf("%s[%d]", path, i)
}
