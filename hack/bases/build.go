package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// builder makes images from recipes.
type builder struct {
	debian map[string]*debian // by suite
	root   string             // of the repository
	goroot string             // of this machine's Go
	cache  string             // folder of the images that were made
	// trust is a bundle of authorities that takes the place of Debian's; nil for
	// Debian's.
	trust []byte
}

// fill writes all that a recipe names into a layer. What is the recipe's own
// comes first, so that it wins over the packages'.
func (b builder) fill(ctx context.Context, l *layer, r recipe) error {
	if err := b.own(l, r); err != nil {
		return err
	}
	var debs []string
	if len(r.Packages) > 0 {
		var err error
		if debs, err = b.debian[cmp.Or(r.Suite, usualSuite)].closure(ctx, r.Packages); err != nil {
			return err
		}
	}
	u := &unpacker{layer: l, capabilities: r.Capabilities}
	for _, deb := range debs {
		if err := u.unpack(ctx, deb); err != nil {
			return err
		}
	}
	if r.Trust {
		if err := b.authorities(l, r, u.certificates.Bytes()); err != nil {
			return fmt.Errorf("authorities: %w", err)
		}
	}
	if r.Goroot != "" {
		if err := b.toolchain(l, place(r.Goroot)); err != nil {
			return fmt.Errorf("toolchain of Go: %w", err)
		}
	}
	if r.Busybox {
		if err := commands(ctx, l, u.busybox); err != nil {
			return fmt.Errorf("busybox: %w", err)
		}
	}
	return l.close()
}

// own writes what the recipe itself holds.
func (b builder) own(l *layer, r recipe) error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(r.Folders)) {
		f := r.Folders[name]
		errs = append(errs, l.folder(place(name), f.Mode, f.Owner))
	}
	for _, name := range slices.Sorted(maps.Keys(r.Files)) {
		errs = append(errs, l.text(place(name), r.Files[name]))
	}
	for _, name := range slices.Sorted(maps.Keys(r.Copy)) {
		errs = append(errs, l.file(place(name), filepath.Join(b.root, r.Copy[name])))
	}
	for _, name := range slices.Sorted(maps.Keys(r.Links)) {
		errs = append(errs, l.link(place(name), r.Links[name]))
	}
	return errors.Join(errs...)
}

// toolchain copies this machine's Go without its tests.
func (b builder) toolchain(l *layer, to string) error {
	if b.goroot == "" {
		return errors.New("go env GOROOT says nothing")
	}
	return filepath.WalkDir(b.goroot, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(b.goroot, file)
		if err != nil {
			return err
		}
		switch {
		case d.IsDir() && (name == "test" || name == "doc" || name == "api" || d.Name() == "testdata"):
			return fs.SkipDir
		case d.Type().IsRegular() && !strings.HasSuffix(name, "_test.go"):
			return l.file(path.Join(to, filepath.ToSlash(name)), file)
		}
		return nil
	})
}

// commands links busybox' commands.
func commands(ctx context.Context, l *layer, busybox []byte) error {
	if busybox == nil {
		return errors.New("no package has brought it: add busybox-static")
	}
	dir, err := os.MkdirTemp("", "busybox-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, "busybox")
	if err := os.WriteFile(program, busybox, 0o700); err != nil {
		return err
	}
	list, err := exec.CommandContext(ctx, program, "--list-full").Output()
	if err != nil {
		return err
	}
	for _, name := range strings.Fields(string(list)) {
		// sbin and bin are both searched, so what a package has in one of
		// them is not to be hidden by a link in the other.
		if l.has(path.Base(name)) {
			continue
		}
		if err := l.link(place(name), "/usr/bin/busybox"); err != nil {
			return err
		}
	}
	return nil
}
