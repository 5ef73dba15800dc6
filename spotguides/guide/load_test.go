package guide_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"sigs.k8s.io/yaml"

	"github.com/spotguide/spotguide/spotguides/guide"
)

var update = flag.Bool("update", false, "write what is found as what is wanted")

// Each testdata/load/*.txtar is a guide, and its file "want" what Load says of
// it: the problems, or the guide.
func TestLoad(t *testing.T) {
	golden(t, "testdata/load/*.txtar", func(tree fs.FS) (*guide.Guide, error) {
		return guide.Load(tree)
	})
}

// Each testdata/overlay/*.txtar holds a guide in base/ and an overlay.
func TestOverlay(t *testing.T) {
	golden(t, "testdata/overlay/*.txtar", func(tree fs.FS) (*guide.Guide, error) {
		base, err := guide.Load(sub(t, tree, "base"))
		if err != nil {
			t.Fatalf("base: %v", err)
		}
		before := show(t, base)
		g, err := guide.Overlay(base, sub(t, tree, "overlay"))
		if diff := cmp.Diff(before, show(t, base)); diff != "" {
			t.Errorf("the base was modified: %s", diff)
		}
		return g, err
	})
}

func golden(t *testing.T, pattern string, run func(fs.FS) (*guide.Guide, error)) {
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %d files, %v", pattern, len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			tree, archive, want := open(t, file)
			g, err := run(tree)
			got := ""
			if err != nil {
				got = err.Error() + "\n"
			} else {
				got = show(t, g)
			}
			if *update {
				save(t, file, archive, got)
			} else if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func show(t *testing.T, g *guide.Guide) string {
	var out bytes.Buffer
	for _, part := range []any{g.Application, g.Environment, g.SLA, g.Monitor} {
		data, err := json.Marshal(part)
		if err == nil {
			data, err = yaml.JSONToYAML(data)
		}
		if err != nil {
			t.Fatal(err)
		}
		out.WriteString("---\n")
		out.Write(data)
	}
	return out.String()
}

func open(t *testing.T, file string) (fstest.MapFS, *txtar.Archive, string) {
	archive := parseArchive(t, file)
	tree, want := fstest.MapFS{}, ""
	for _, f := range archive.Files {
		if f.Name == "want" {
			want = string(f.Data)
		} else {
			tree[f.Name] = &fstest.MapFile{Data: f.Data}
		}
	}
	return tree, archive, want
}

func parseArchive(t testing.TB, file string) *txtar.Archive {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return archive
}

func save(t *testing.T, file string, archive *txtar.Archive, got string) {
	files := archive.Files[:0]
	for _, f := range archive.Files {
		if f.Name != "want" {
			files = append(files, f)
		}
	}
	archive.Files = append(files, txtar.File{Name: "want", Data: []byte(got)})
	if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

func sub(t *testing.T, tree fs.FS, dir string) fs.FS {
	s, err := fs.Sub(tree, dir)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
