package source

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"time"

	"github.com/go-git/go-git/v5/plumbing/filemode"
)

// info describes an item. It is its fs.FileInfo and its fs.DirEntry; the size is
// looked up when it is asked for.
type info struct {
	fs   *treeFS
	name string
	item item
}

func (f *treeFS) info(name string, i item) info { return info{f, name, i} }

func (i info) Name() string               { return i.name }
func (i info) IsDir() bool                { return i.item.isDir() }
func (i info) ModTime() time.Time         { return i.fs.time }
func (i info) Sys() any                   { return nil }
func (i info) Type() fs.FileMode          { return i.Mode().Type() }
func (i info) Info() (fs.FileInfo, error) { return i, nil }
func (i info) String() string             { return fs.FormatFileInfo(i) }

// Size is 0 for what is no file; a file that was left out has at least the
// limit it exceeds.
func (i info) Size() int64 {
	if i.item.isDir() || i.item.isSubmodule() {
		return 0
	}
	o, err := i.fs.tree.objects.peek(i.item.hash)
	if errors.Is(err, errMissing) {
		return i.fs.tree.limits.FileBytes + 1
	}
	return o.size
}

// Mode of a submodule is irregular: neither file nor folder.
func (i info) Mode() fs.FileMode {
	switch i.item.mode {
	case filemode.Dir:
		return fs.ModeDir | 0o555
	case filemode.Symlink:
		return fs.ModeSymlink | 0o777
	case filemode.Submodule:
		return fs.ModeIrregular
	case filemode.Executable:
		return 0o555
	}
	return 0o444
}

// entries lists a folder.
func (f *treeFS) entries(i item) ([]fs.DirEntry, error) {
	switch {
	case i.isSubmodule():
		return nil, submodule(i.name)
	case !i.isDir():
		return nil, errors.New("not a folder")
	}
	folder, err := f.tree.folder(i.hash)
	if err != nil {
		return nil, err
	}
	out := make([]fs.DirEntry, len(folder.items))
	for n, i := range folder.items {
		out[n] = f.info(i.name, i)
	}
	return out, nil
}

// openFile is an open file: its content in memory.
type openFile struct {
	info info
	*bytes.Reader
}

func (o *openFile) Stat() (fs.FileInfo, error) { return o.info, nil }
func (o *openFile) Close() error               { return nil }

// openDir is an open folder.
type openDir struct {
	info    info
	path    string
	entries []fs.DirEntry
}

func (o *openDir) Stat() (fs.FileInfo, error) { return o.info, nil }
func (o *openDir) Close() error               { return nil }

func (o *openDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: o.path, Err: errors.New("is a folder")}
}

// ReadDir returns the next entries, all of them when n is not positive.
func (o *openDir) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 {
		n = len(o.entries)
	} else if len(o.entries) == 0 {
		return nil, io.EOF
	}
	n = min(n, len(o.entries))
	out := o.entries[:n:n]
	o.entries = o.entries[n:]
	return out, nil
}
