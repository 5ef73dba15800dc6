package source

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
)

// resolve walks to a path, part by part, following links on the way and, with
// follow, at its end. It never leaves the root.
func (f *treeFS) resolve(name string, follow bool) (item, error) {
	w := walk{fs: f, name: name, trail: []item{f.root}, rest: strings.Split(name, "/")}
	for len(w.rest) > 0 {
		if err := w.next(follow); err != nil {
			return item{}, err
		}
	}
	return w.here(), nil
}

// walk is a path half gone.
type walk struct {
	fs    *treeFS
	name  string   // the whole path, for errors
	trail []item   // from the root to where the walk is
	rest  []string // what is still to go
	links int      // followed so far
}

func (w *walk) here() item { return w.trail[len(w.trail)-1] }

// next goes one part of the path.
func (w *walk) next(follow bool) error {
	part := w.rest[0]
	w.rest = w.rest[1:]
	switch part {
	case ".", "":
		return nil
	case "..":
		if len(w.trail) == 1 {
			return outside(w.name)
		}
		w.trail = w.trail[:len(w.trail)-1]
		return nil
	}
	i, err := w.fs.step(w.here(), part)
	if err != nil {
		return err
	}
	if i.isLink() && (follow || len(w.rest) > 0) {
		return w.follow(i)
	}
	w.trail = append(w.trail, i)
	return nil
}

// follow puts a link's text in the link's place.
func (w *walk) follow(link item) error {
	if w.links++; w.links > maxLinks {
		return &Error{Kind: KindLink, Problem: "symbolic links lead in circles"}
	}
	text, err := w.fs.target(link)
	if err != nil {
		return err
	}
	if path.IsAbs(text) {
		return outside(w.name)
	}
	w.rest = append(strings.Split(text, "/"), w.rest...)
	return nil
}

func outside(name string) *Error {
	return &Error{Kind: KindLink, Problem: "a symbolic link on the way to " + path.Base(name) + " leaves the repository",
		Hint: "link to a file of the repository by a relative path"}
}

// step goes from a folder to one of its items.
func (f *treeFS) step(at item, name string) (item, error) {
	if at.isSubmodule() {
		return item{}, submodule(at.name)
	}
	if !at.isDir() {
		return item{}, fs.ErrNotExist
	}
	folder, err := f.tree.folder(at.hash)
	if err != nil {
		return item{}, err
	}
	next, ok := folder.find(name)
	if !ok {
		return item{}, fs.ErrNotExist
	}
	return next, nil
}

func submodule(name string) *Error {
	return &Error{Kind: KindSubmodule, Problem: name + " is a Git submodule, which is not fetched",
		Hint: "give it a namespace with a binding of its own, or copy its files into the repository"}
}

func (f *treeFS) target(link item) (string, error) {
	if o, err := f.tree.objects.peek(link.hash); err == nil && o.size > maxLinkBytes {
		return "", &Error{Kind: KindLink, Problem: fmt.Sprintf("a symbolic link of %d bytes", o.size)}
	}
	data, err := f.blob(link)
	return string(data), err
}
