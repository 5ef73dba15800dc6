package render

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// input reads a tree within limits and remembers what was read.
type input struct {
	ctx    context.Context // of this one rendering
	tree   fs.FS
	limits Limits

	files int
	bytes int64
	// seen are the files read and the folders listed.
	seen []string
}

func newInput(ctx context.Context, tree fs.FS, limits Limits) *input {
	return &input{ctx: ctx, tree: tree, limits: limits}
}

// note records that the result depends on name.
func (in *input) note(name string) { in.seen = append(in.seen, name) }

// read gives a file's content.
func (in *input) read(name string) ([]byte, error) {
	if err := in.ctx.Err(); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, context.Cause(in.ctx))
	}
	in.note(name)
	info, err := fs.Stat(in.tree, name)
	if err != nil {
		return nil, readError(name, err)
	}
	if info.IsDir() {
		return nil, problem(name, 0, "is a folder, not a file")
	}
	if info.Size() > in.limits.FileBytes {
		return nil, problem(name, 0, "is larger than %s", bytesText(in.limits.FileBytes))
	}
	if in.files++; in.files > in.limits.Files {
		return nil, problem(name, 0, "more than %d files are read for this application", in.limits.Files)
	}
	if in.bytes += info.Size(); in.bytes > in.limits.InputBytes {
		return nil, problem(name, 0, "more than %s are read for this application", bytesText(in.limits.InputBytes))
	}
	data, err := fs.ReadFile(in.tree, name)
	if err != nil {
		return nil, readError(name, err)
	}
	return data, nil
}

// stat tells of a file or folder.
func (in *input) stat(name string) (fs.FileInfo, error) { return fs.Stat(in.tree, name) }

// isDir: name is a folder of the tree.
func (in *input) isDir(name string) bool {
	info, err := fs.Stat(in.tree, name)
	return err == nil && info.IsDir()
}

// exists: name is there, whatever it is.
func (in *input) exists(name string) bool {
	_, err := fs.Stat(in.tree, name)
	return err == nil
}

// readError blames the repository for what the tree refuses, but not for a
// rendering that was cut short.
func readError(name string, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("read %s: %w", name, err)
	}
	if errors.Is(err, fs.ErrNotExist) {
		return problem(name, 0, "does not exist")
	}
	return problem(name, 0, "cannot be read: %w", err)
}

// file is one file found by walk.
type file struct{ name, below string }

// walk calls visit for every regular file below dir, in order. Folders for
// which enter says no are left out. Links to folders are not followed.
func (in *input) walk(dir string, enter func(name string) bool, visit func(file) error) error {
	in.note(dir)
	return fs.WalkDir(in.tree, dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return readError(name, err)
		}
		if err := in.ctx.Err(); err != nil {
			return fmt.Errorf("walk %s: %w", name, context.Cause(in.ctx))
		}
		if d.IsDir() {
			if name != dir && !enter(name) {
				return fs.SkipDir
			}
			return nil
		}
		if !d.Type().IsRegular() && !in.isLinkedFile(name, d) {
			return nil
		}
		return visit(file{name: name, below: below(dir, name)})
	})
}

func (in *input) isLinkedFile(name string, d fs.DirEntry) bool {
	if d.Type()&fs.ModeSymlink == 0 {
		return false
	}
	info, err := fs.Stat(in.tree, name)
	// A broken link is reported when it is read.
	return err != nil || info.Mode().IsRegular()
}

// below is name relative to dir, which holds it.
func below(dir, name string) string {
	if dir == "." {
		return name
	}
	return strings.TrimPrefix(name, dir+"/")
}

// contains: name is dir or below it.
func contains(dir, name string) bool {
	return dir == "." || name == dir || strings.HasPrefix(name, dir+"/")
}

// cover is dir and whatever of seen is outside it, none below another.
func cover(dir string, seen []string) []string {
	names := append([]string{path.Clean(dir)}, seen...)
	slices.SortFunc(names, func(a, b string) int {
		if n := len(a) - len(b); n != 0 {
			return n
		}
		return strings.Compare(a, b)
	})
	var kept []string
	for _, name := range names {
		if !slices.ContainsFunc(kept, func(k string) bool { return contains(k, name) }) {
			kept = append(kept, name)
		}
	}
	slices.Sort(kept)
	return kept
}
