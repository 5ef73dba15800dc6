package detect

import (
	"bytes"
	"context"
	"flag"
	"fmt"
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

// Each txtar is a repository. Its file "options", if any, says how it is looked
// at, and "want" what is found. Those of a guide lie in the guide's folder.
func TestDetect(t *testing.T) {
	var files []string
	for _, pattern := range []string{"testdata/*.txtar", "../spotguides/*/testdata/detect/*.txtar"} {
		some, err := filepath.Glob(pattern)
		if err != nil || len(some) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(some), err)
		}
		files = append(files, some...)
	}
	guides := load(t)
	for _, file := range files {
		name := strings.TrimSuffix(strings.NewReplacer("../spotguides/", "", "testdata/", "", "detect/", "").Replace(file), ".txtar")
		t.Run(name, func(t *testing.T) { golden(t, guides, file) })
	}
}

func golden(t *testing.T, guides []*guide.Guide, file string) {
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var options struct {
		Dir, RootName, Guide, Environment string
	}
	tree, want, files := fstest.MapFS{}, "", []txtar.File{}
	for _, f := range archive.Files {
		switch f.Name {
		case "want":
			want = string(f.Data)
			continue
		case "options":
			if err := yaml.UnmarshalStrict(f.Data, &options); err != nil {
				t.Fatal(err)
			}
		default:
			tree[f.Name] = &fstest.MapFile{Data: f.Data}
		}
		files = append(files, f)
	}
	dir := options.Dir
	if dir == "" {
		dir = "."
	}
	result, err := Detect(t.Context(), tree, dir, guides,
		Options{RootName: options.RootName, Guide: options.Guide, Environment: options.Environment})
	got := show(result, err)
	if *update {
		archive.Files = append(files, txtar.File{Name: "want", Data: []byte(got)})
		if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

func show(r Result, err error) string {
	var b bytes.Buffer
	if err != nil {
		fmt.Fprintf(&b, "error: %v\n", err)
	}
	for _, m := range r.Matches {
		fmt.Fprintf(&b, "%s: %s in %s\n", m.App, m.Guide, m.Dir)
		for _, e := range m.Why {
			fmt.Fprintf(&b, "  %s %s:%d %s\n", e.Fact, e.File, e.Line, e.Text)
		}
		told := map[string]bool{"guide": true}
		for _, e := range m.Why {
			told[e.Fact] = true
		}
		for name, value := range m.Facts {
			if !told[name] {
				fmt.Fprintf(&b, "  no evidence for %s: %s\n", name, value)
			}
		}
		showSources(&b, "  beside: ", m.Sources)
	}
	showSources(&b, "source: ", r.Sources)
	for _, u := range r.Undecided {
		fmt.Fprintf(&b, "undecided %s in %s: %v\n", u.App, u.Dir, u.Variants)
		showSources(&b, "  beside: ", u.Sources)
	}
	for _, n := range r.Notices {
		fmt.Fprintf(&b, "notice %s\n", n)
	}
	return b.String()
}

func showSources(b *bytes.Buffer, before string, sources []guide.Source) {
	for _, s := range sources {
		fmt.Fprintf(b, "%s%s %s %s %s %s", before, s.Dir, s.Language, s.Version, s.Framework, s.Kind)
		for _, p := range s.Ports {
			fmt.Fprintf(b, " %d", p.Port)
		}
		fmt.Fprintln(b)
	}
}

// load reads the guides of this repository.
func load(t testing.TB) []*guide.Guide {
	var guides []*guide.Guide
	for _, name := range []string{"web", "manifests", "helm", "kustomize", "kafka"} {
		g, err := guide.Load(os.DirFS(filepath.Join("../spotguides", name)))
		if err != nil {
			t.Fatal(err)
		}
		guides = append(guides, g)
	}
	return guides
}

func TestBounds(t *testing.T) {
	tree := fstest.MapFS{"a/b/c/d/x.txt": {}, "a/y.txt": {}}
	for want, opt := range map[string]Options{
		"a/b/c: folders are nested more than 2 deep; choose a smaller path": {Depth: 2},
		".: more than 2 files; choose a smaller path":                       {Files: 2},
		"detection took longer than 1ns; choose a smaller path":             {Timeout: 1},
	} {
		if _, err := Detect(t.Context(), tree, ".", nil, opt); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Detect(ctx, tree, ".", nil, Options{}); err != context.Canceled {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}
