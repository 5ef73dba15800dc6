package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"go.yaml.in/yaml/v3"
)

// refresh makes an image, unless file has been made of the same things.
func (b builder) refresh(ctx context.Context, r recipe, file string) (bool, error) {
	want, err := b.state(r)
	if err != nil {
		return false, err
	}
	record := file + ".sum"
	have, err := os.ReadFile(record)
	if err == nil && string(have) == want {
		if _, err := os.Stat(file); err == nil {
			return false, nil
		}
	}
	if err := os.Remove(record); err != nil && !errors.Is(err, os.ErrNotExist) {
		return false, err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return false, err
	}
	if err := b.image(ctx, r, file); err != nil {
		return false, err
	}
	return true, os.WriteFile(record, []byte(want), 0o644)
}

// state is a sum over the recipe and what it copies. Debian's packages are not
// in it: newer ones are not worth a new image.
func (b builder) state(r recipe) (string, error) {
	sum := sha256.New()
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

func addFile(w io.Writer, name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err
}
