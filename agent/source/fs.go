package source

import (
	"bytes"
	"errors"
	"io/fs"
	"path"
	"time"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/filemode"
)

const (
	dirMode      = filemode.Dir
	maxLinks     = 40   // symbolic links on one path
	maxLinkBytes = 4096 // of a link's text
	maxLFS       = 1024 // an LFS pointer is smaller than that
)

// treeFS is a commit's tree as a file system. It reads lazily.
type treeFS struct {
	tree *tree
	root item
	time time.Time
}

var (
	_ fs.ReadDirFS  = (*treeFS)(nil)
	_ fs.ReadFileFS = (*treeFS)(nil)
	_ fs.StatFS     = (*treeFS)(nil)
	_ fs.ReadLinkFS = (*treeFS)(nil)
)

// Open opens a file or a folder.
func (f *treeFS) Open(name string) (fs.File, error) {
	i, err := f.lookup("open", name, true)
	if err != nil {
		return nil, err
	}
	info := f.info(path.Base(name), i)
	if i.isDir() {
		entries, err := f.entries(i)
		if err != nil {
			return nil, &fs.PathError{Op: "open", Path: name, Err: err}
		}
		return &openDir{info: info, path: name, entries: entries}, nil
	}
	data, err := f.content(i)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return &openFile{info: info, Reader: bytes.NewReader(data)}, nil
}

// ReadFile returns a file's content, which belongs to the caller.
func (f *treeFS) ReadFile(name string) ([]byte, error) {
	i, err := f.lookup("open", name, true)
	if err != nil {
		return nil, err
	}
	data, err := f.content(i)
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return data, nil
}

// ReadDir lists a folder by name. Links are listed as links.
func (f *treeFS) ReadDir(name string) ([]fs.DirEntry, error) {
	i, err := f.lookup("open", name, true)
	if err != nil {
		return nil, err
	}
	entries, err := f.entries(i)
	if err != nil {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: err}
	}
	return entries, nil
}

// Stat describes a file or folder, or what a link leads to.
func (f *treeFS) Stat(name string) (fs.FileInfo, error) {
	i, err := f.lookup("stat", name, true)
	if err != nil {
		return nil, err
	}
	return f.info(path.Base(name), i), nil
}

// Lstat describes a file, folder or link.
func (f *treeFS) Lstat(name string) (fs.FileInfo, error) {
	i, err := f.lookup("lstat", name, false)
	if err != nil {
		return nil, err
	}
	return f.info(path.Base(name), i), nil
}

// ReadLink returns a link's text.
func (f *treeFS) ReadLink(name string) (string, error) {
	i, err := f.lookup("readlink", name, false)
	if err != nil {
		return "", err
	}
	if !i.isLink() {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrInvalid}
	}
	text, err := f.target(i)
	if err != nil {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: err}
	}
	return text, nil
}

func (f *treeFS) lookup(op, name string, follow bool) (item, error) {
	if !fs.ValidPath(name) {
		return item{}, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	i, err := f.resolve(name, follow)
	if err != nil {
		return item{}, &fs.PathError{Op: op, Path: name, Err: err}
	}
	return i, nil
}

// content returns the bytes of a file for reading.
func (f *treeFS) content(i item) ([]byte, error) {
	switch {
	case i.isSubmodule():
		return nil, submodule(i.name)
	case i.isDir():
		return nil, errors.New("is a folder")
	}
	data, err := f.blob(i)
	if err == nil && len(data) < maxLFS && bytes.HasPrefix(data, []byte("version https://git-lfs.github.com/spec/")) {
		return nil, &Error{Kind: KindLFS, Problem: i.name + " is a Git LFS pointer, and LFS files are not fetched",
			Hint: "keep what is deployed in Git itself"}
	}
	return data, err
}

func (f *treeFS) blob(i item) ([]byte, error) {
	if !f.tree.objects.has(i.hash) {
		return nil, tooLarge("%s has more than %d KiB and was left out", i.name, f.tree.limits.FileBytes>>10)
	}
	o, err := f.tree.read(i.hash, plumbing.BlobObject)
	return o.data, err
}
