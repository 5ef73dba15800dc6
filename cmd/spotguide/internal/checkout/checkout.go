// Package checkout reads folders on disk as the agent reads those of a
// repository.
package checkout

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Checkout is a folder on disk, seen as the agent sees it: a path in the tree of
// its repository, which nothing that is read through it leaves.
type Checkout struct {
	root *os.Root
	// Base is the repository's folder.
	Base string
	// Dir is the folder that is meant, slash-separated, below Base.
	Dir string
	// Name is what an application in Dir itself is called.
	Name string
}

// Open finds the repository that dir lies in: the nearest folder from dir up
// that holds .git, else dir itself. Close it in the end.
func Open(dir string) (*Checkout, error) {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("find %s: %w", dir, err)
	}
	if absolute, err = filepath.EvalSymlinks(absolute); err != nil {
		return nil, bare(err)
	}
	info, err := os.Stat(absolute)
	if err != nil {
		return nil, bare(err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%s is a file, not a folder", dir)
	}
	base := repositoryOf(absolute)
	below, err := filepath.Rel(base, absolute)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(base)
	if err != nil {
		return nil, bare(err)
	}
	return &Checkout{root: root, Base: base, Dir: filepath.ToSlash(below), Name: filepath.Base(absolute)}, nil
}

func repositoryOf(dir string) string {
	for up := dir; ; up = filepath.Dir(up) {
		if _, err := os.Lstat(filepath.Join(up, ".git")); err == nil {
			return up
		}
		if up == filepath.Dir(up) {
			return dir
		}
	}
}

// Tree is the whole repository.
func (c *Checkout) Tree() fs.FS { return c.root.FS() }

// Close lets go of the folder.
func (c *Checkout) Close() error { return c.root.Close() }

// bare takes the system call's name out of an error that already names its file.
func bare(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return fmt.Errorf("%s: %w", at.Path, at.Err)
	}
	return err
}
