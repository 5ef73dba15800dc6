package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"
)

// refresh links file to an image, and makes it first unless the cache has one that
// was made of the same things.
func (b builder) refresh(ctx context.Context, name string, r recipe, file string) (made bool, err error) {
	sum, err := b.state(r)
	if err != nil {
		return false, err
	}
	kept := filepath.Join(b.cache, name+"-"+sum[:16]+".tar")
	if err := os.MkdirAll(b.cache, 0o755); err != nil {
		return false, err
	}
	if _, err := os.Stat(kept); errors.Is(err, fs.ErrNotExist) {
		if err := b.image(ctx, r, kept); err != nil {
			return false, err
		}
		made = true
	} else if err != nil {
		return false, err
	}
	now := time.Now()
	return made, cmp.Or(os.Chtimes(kept, now, now), link(kept, file))
}

// link makes file a link to kept, in place of what is there.
func link(kept, file string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Symlink(kept, file)
}

// forget removes the images that nobody has wanted since a time.
func forget(cache string, since time.Time) error {
	entries, err := os.ReadDir(cache)
	if err != nil {
		return err
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || info.ModTime().After(since) {
			continue // gone in the meantime, or wanted
		}
		if err := os.Remove(filepath.Join(cache, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// program is what makes images: with another one they are other images.
//
//go:embed build.go image.go layer.go unpack.go trust.go
var program embed.FS

// state is a sum over the program, the recipe and what it copies. Debian's packages are not
// in it: newer ones are not worth a new image.
func (b builder) state(r recipe) (string, error) {
	sum := sha256.New()
	if err := addFolder(sum, program); err != nil {
		return "", err
	}
	if err := yaml.NewEncoder(sum).Encode(r); err != nil {
		return "", err
	}
	if r.Trust {
		sum.Write(b.trust)
	}
	sources := slices.Sorted(maps.Values(r.Copy))
	for i := range sources {
		sources[i] = filepath.Join(b.root, sources[i])
	}
	if r.Goroot != "" {
		sources = append(sources, filepath.Join(b.goroot, "VERSION"))
	}
	for _, source := range sources {
		if err := addFile(sum, source); err != nil {
			return "", fmt.Errorf("what the image copies: %w", err)
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

func addFolder(w io.Writer, files embed.FS) error {
	return fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		_, err = w.Write(content)
		return err
	})
}

func addFile(w io.Writer, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err
}
