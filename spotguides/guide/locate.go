package guide

import "io/fs"

// Locate finds where a field is written in a descriptor file. Steps are keys
// and names of list items, say "rules", "crash-loop", "expr"; positions in a
// list are ints. It is the place of the deepest one that is there, 0 when the
// file cannot be read or holds none of them.
func Locate(folder fs.FS, file string, steps ...any) (line, column int) {
	data, err := readFile(folder, file)
	if err != nil {
		return 0, 0
	}
	n := parse(file, data, &report{})
	for _, step := range steps {
		if n = n.child(step); n == nil {
			break
		}
		line, column = n.line, n.column
	}
	return line, column
}

// child is the value below a key, or the item of a name or position.
func (n *node) child(step any) *node {
	if n == nil {
		return nil
	}
	switch step := step.(type) {
	case int:
		if step < len(n.items) {
			return n.items[step]
		}
	case string:
		for _, item := range n.items {
			if item.name() == step {
				return item
			}
		}
		return n.field(step)
	}
	return nil
}
