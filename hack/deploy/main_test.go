package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	chartDir = "../../deploy/chart"
	baseDir  = "../../deploy/kustomize"
)

// TestBaseIsTheChart holds the two ways to install to the same objects.
func TestBaseIsTheChart(t *testing.T) {
	fresh := t.TempDir()
	if err := generate(chartDir, fresh); err != nil {
		t.Fatal(err)
	}
	want, got := read(t, fresh), read(t, baseDir)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("deploy/kustomize is not what deploy/chart gives; run make generate (-chart +base):\n%s", diff)
	}
	if len(want) < 10 {
		t.Errorf("only %d files", len(want))
	}
}

func read(t *testing.T, dir string) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(path)] = string(data)
	}
	return files
}
