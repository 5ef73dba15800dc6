package detect

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// maxRead is how much of a file is looked at.
const maxRead = 2 << 20

// folder is one folder of the tree, as the walk saw it.
type folder struct {
	dir   string
	files []string // names, sorted
	// hidden are files whose names begin with a dot: only source code has any
	// that tell something.
	hidden []string
	subs   []*folder
	// own: it has a .spotguide/ folder.
	own bool
}

func (f *folder) name() string { return path.Base(f.dir) }

// has returns the first of the names that is a file of the folder.
func (f *folder) has(names ...string) (string, bool) {
	for _, name := range names {
		for _, file := range f.files {
			if file == name {
				return name, true
			}
		}
	}
	return "", false
}

// walk lists every folder from dir down.
func (d *detector) walk(dir string) (*folder, error) {
	if info, err := fs.Stat(d.tree, dir); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no folder %q", dir)
	} else if err != nil {
		return nil, fmt.Errorf("look at %q: %w", dir, err)
	} else if !info.IsDir() {
		return nil, fmt.Errorf("%q is a file, not a folder", dir)
	}
	w := walker{detector: d, root: &folder{dir: dir}}
	return w.root, w.list(w.root, 0)
}

type walker struct {
	*detector
	root  *folder
	count int
}

func (w *walker) list(f *folder, depth int) error {
	if w.ctx.Err() != nil {
		return contextError(w.ctx)
	}
	if depth > w.opt.Depth {
		return fmt.Errorf("%s: folders are nested more than %d deep; choose a smaller path", f.dir, w.opt.Depth)
	}
	entries, err := fs.ReadDir(w.tree, f.dir)
	if err != nil {
		return fmt.Errorf("read folder %s: %w", f.dir, err)
	}
	if w.count += len(entries); w.count > w.opt.Files {
		return fmt.Errorf("%s: more than %d files; choose a smaller path", w.root.dir, w.opt.Files)
	}
	for _, e := range entries {
		switch name := e.Name(); {
		case e.IsDir() && name == guide.OverlayDir:
			f.own = true
		case leftOut(name):
			if e.Type().IsRegular() {
				f.hidden = append(f.hidden, name)
			}
		case e.IsDir():
			f.subs = append(f.subs, &folder{dir: path.Join(f.dir, name)})
		case e.Type().IsRegular():
			f.files = append(f.files, name)
		case e.Type()&fs.ModeSymlink != 0:
			if ok, err := w.leadsToFile(path.Join(f.dir, name)); err != nil {
				return err
			} else if ok {
				f.files = append(f.files, name)
			}
		}
	}
	for _, sub := range f.subs {
		if err := w.list(sub, depth+1); err != nil {
			return err
		}
	}
	return nil
}

// leadsToFile says whether a link ends at a file inside the tree. Linked folders
// are not walked, and what leads out of the tree leads nowhere.
func (d *detector) leadsToFile(name string) (bool, error) {
	info, err := fs.Stat(d.tree, name)
	var t interface{ Temporary() bool }
	if errors.As(err, &t) && t.Temporary() {
		return false, fmt.Errorf("follow %s: %w", name, err)
	}
	return err == nil && info.Mode().IsRegular(), nil
}

// leftOut are files and folders that never are the repository's own application.
func leftOut(name string) bool {
	return strings.HasPrefix(name, ".") || name == "node_modules" || name == "vendor" || name == "testdata"
}

// read returns the beginning of a file. One that can never be read (an LFS
// pointer, say) is empty, and a notice says why; everything else that fails is
// an error, since it may work the next time.
func (d *detector) read(name string) ([]byte, error) {
	if d.ctx.Err() != nil {
		return nil, contextError(d.ctx)
	}
	f, err := d.tree.Open(name)
	if err == nil {
		defer f.Close()
		var data []byte
		if data, err = io.ReadAll(io.LimitReader(f, maxRead)); err == nil {
			return data, nil
		}
	}
	if permanent(err) {
		d.notice(name, "cannot be read: %v", err)
		return nil, nil
	}
	return nil, fmt.Errorf("read %s: %w", name, err)
}

// permanent says that an error will be the same the next time.
func permanent(err error) bool {
	var t interface{ Temporary() bool }
	return errors.Is(err, fs.ErrNotExist) || errors.As(err, &t) && !t.Temporary()
}

// contextError says why there is no more time.
func contextError(ctx context.Context) error { return context.Cause(ctx) }
