package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// checkout is a folder on disk, seen as the agent sees it: a path in the tree of
// its repository, which nothing read through it leaves.
type checkout struct {
	root *os.Root
	// base is the repository's folder, as the person would write it.
	base string
	// dir is the folder that is meant, slash-separated, below base.
	dir string
	// name is what an application in dir itself is called.
	name string
}

// openCheckout finds the repository that dir lies in: the nearest folder from
// dir up that holds .git, else dir itself.
func openCheckout(dir string) (*checkout, error) {
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
	return &checkout{root: root, base: base, dir: filepath.ToSlash(below), name: filepath.Base(absolute)}, nil
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

func (c *checkout) tree() fs.FS  { return c.root.FS() }
func (c *checkout) Close() error { return c.root.Close() }

// bare takes the system call's name out of an error that already names its file.
func bare(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return fmt.Errorf("%s: %w", at.Path, at.Err)
	}
	return err
}
