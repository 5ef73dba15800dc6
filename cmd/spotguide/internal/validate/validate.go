// Package validate checks descriptors on disk: those of applications together
// with the guide that they are laid over, and those of guides.
package validate

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spotguide/spotguide/cmd/spotguide/internal/checkout"
	"github.com/spotguide/spotguide/monitor/sla"
	"github.com/spotguide/spotguide/spotguides/guide"
)

// Validator checks descriptors against the guides of this build.
type Validator struct {
	guides   []*guide.Guide
	compiler *sla.Compiler
}

// Report is what was found. Files are named by the path that was asked for.
type Report struct {
	Problems guide.Problems
	// Files counts the descriptors that were read.
	Files int
}

// New makes a Validator.
func New(guides []*guide.Guide) (*Validator, error) {
	compiler, err := sla.NewCompiler()
	if err != nil {
		return nil, err
	}
	return &Validator{guides, compiler}, nil
}

// Path checks one descriptor, or all in a folder and below it.
func (v *Validator) Path(ctx context.Context, name string) (Report, error) {
	info, err := os.Stat(name)
	if err != nil {
		return Report{}, fmt.Errorf("look at %s: %w", name, errors.Unwrap(err))
	}
	if !info.IsDir() {
		return v.file(ctx, name)
	}
	c, dir, err := open(name)
	if err != nil {
		return Report{}, err
	}
	defer c.Close()
	r := &run{Validator: v, ctx: ctx, tree: c.Tree()}
	if err := r.walk(dir); err != nil {
		return Report{}, err
	}
	return r.report(dir, name), nil
}

// open opens the checkout that a folder lies in, and tells the folder's path in
// it. It holds at least the application that a .spotguide belongs to.
func open(name string) (*checkout.Checkout, string, error) {
	absolute, err := filepath.Abs(name)
	if err != nil {
		return nil, "", err
	}
	if filepath.Base(absolute) != guide.OverlayDir {
		c, err := checkout.Open(name)
		if err != nil {
			return nil, "", err
		}
		return c, c.Dir, nil
	}
	c, err := checkout.Open(filepath.Dir(absolute))
	if err != nil {
		return nil, "", err
	}
	return c, path.Join(c.Dir, guide.OverlayDir), nil
}

// file checks the folder that a descriptor lies in, and keeps what concerns it.
func (v *Validator) file(ctx context.Context, name string) (Report, error) {
	base, dir := filepath.Base(name), filepath.Dir(name)
	if !isDescriptor(base) {
		return Report{}, fmt.Errorf("%s is no descriptor; they are called %s", name, strings.Join(descriptors, ", "))
	}
	c, below, err := open(dir)
	if err != nil {
		return Report{}, err
	}
	defer c.Close()
	r := &run{Validator: v, ctx: ctx, tree: c.Tree()}
	if err := r.folder(below); err != nil {
		return Report{}, err
	}
	report := r.report(below, dir)
	report.Files = 1
	report.Problems = slices.DeleteFunc(report.Problems, func(p guide.Problem) bool {
		return filepath.Base(p.File) != base && filepath.Base(p.File) != guide.OverlayDir
	})
	return report, nil
}

// run is one walk over a tree.
type run struct {
	*Validator
	ctx   context.Context
	tree  fs.FS
	found Report
}

// walk checks every folder with descriptors from dir down. Folders that the
// agent does not look at are left out.
func (r *run) walk(dir string) error {
	return fs.WalkDir(r.tree, dir, func(name string, entry fs.DirEntry, err error) error {
		switch base := path.Base(name); {
		case err != nil:
			return err
		case r.ctx.Err() != nil:
			return r.ctx.Err()
		case !entry.IsDir():
			return nil
		case base == guide.OverlayDir:
			if err := r.overlay(name); err != nil {
				return err
			}
			return fs.SkipDir
		case name != dir && (strings.HasPrefix(base, ".") || base == "node_modules" || base == "vendor" || base == "testdata"):
			return fs.SkipDir
		}
		if ok, err := r.isGuide(name); !ok || err != nil {
			return err
		}
		return r.guide(name)
	})
}

// folder checks one folder of descriptors.
func (r *run) folder(dir string) error {
	if path.Base(dir) == guide.OverlayDir {
		return r.overlay(dir)
	}
	return r.guide(dir)
}

// report names files below dir by the path that was asked for.
func (r *run) report(dir, asked string) Report {
	for i, p := range r.found.Problems {
		if below, err := filepath.Rel(filepath.FromSlash(dir), filepath.FromSlash(p.File)); err == nil {
			r.found.Problems[i].File = filepath.Join(asked, below)
		}
	}
	return r.found
}

var descriptors = []string{guide.ApplicationFile, guide.EnvironmentFile, guide.SLAFile, guide.MonitorFile}

func isDescriptor(name string) bool { return slices.Contains(descriptors, name) }
