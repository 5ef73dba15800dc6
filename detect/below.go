package detect

import (
	"path"
	"strings"
)

// maxBelow bounds the files of a folder that a look at its source code goes over.
const maxBelow = 4000

// below is a folder with what lies below it, as package stack reads it.
type below struct {
	*detector
	folder *folder
}

// Dir is the folder's path in the tree.
func (b *below) Dir() string { return b.folder.dir }

// Read returns the beginning of a file.
func (b *below) Read(name string) ([]byte, error) {
	return b.read(path.Join(b.folder.dir, name))
}

// Files lists the files below, level by level.
func (b *below) Files() []string {
	var names []string
	level := []*folder{b.folder}
	for len(level) > 0 && len(names) < maxBelow {
		var next []*folder
		for _, f := range level {
			prefix := ""
			if f != b.folder {
				prefix = strings.TrimPrefix(f.dir, b.folder.dir+"/") + "/"
				if b.folder.dir == "." {
					prefix = f.dir + "/"
				}
			}
			for _, list := range [][]string{f.files, f.hidden} {
				for _, name := range list {
					names = append(names, prefix+name)
				}
			}
			next = append(next, f.subs...)
		}
		level = next
	}
	return names[:min(len(names), maxBelow)]
}
