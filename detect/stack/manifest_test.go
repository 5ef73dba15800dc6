package stack

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"sigs.k8s.io/yaml"
)

var update = flag.Bool("update", false, "write what is read as what is wanted")

// Each testdata/*.txtar is a manifest and what its parser reads from it. Every
// manifest of the table has at least one.
func TestParsers(t *testing.T) {
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("%d files, %v", len(paths), err)
	}
	read := map[string]bool{}
	for _, file := range paths {
		t.Run(filepath.Base(file), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			name := parserOf(t, archive.Files[0].Name)
			read[name] = true
			golden(t, file, archive, parsers(name))
		})
	}
	for name := range parserNames(t) {
		if !read[name] && name != "empty" && name != "hugo" && name != "gowork" && name != "stackyaml" && name != "staticfile" {
			t.Errorf("parser %s has no file in testdata", name)
		}
	}
}

func golden(t *testing.T, file string, archive *txtar.Archive, parse parser) {
	m, err := parse(archive.Files[0].Data)
	if err != nil {
		t.Fatal(err)
	}
	data, err := yaml.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		archive.Files = append(archive.Files[:1], txtar.File{Name: "want", Data: data})
		if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(archive.Files[1].Data), string(data)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// parserOf is the parser that the table gives a file.
func parserOf(t *testing.T, file string) string {
	tables, err := table()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range tables.Languages {
		for pattern, name := range l.Manifests {
			if glob(pattern, file) {
				return name
			}
		}
	}
	t.Fatalf("no parser for %s", file)
	return ""
}

func parserNames(t *testing.T) map[string]bool {
	tables, err := table()
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, l := range tables.Languages {
		for _, name := range l.Manifests {
			names[name] = true
		}
	}
	return names
}

// A manifest that is broken says so, and no parser takes its name for nothing.
func TestBroken(t *testing.T) {
	for _, name := range []string{"gomod", "gowork", "packagejson", "nxproject", "pyproject", "pipfile", "pom", "cargo", "composer", "project", "deno", "gleam", "shard", "pubspec", "hpack", "stackyaml"} {
		if _, err := parsers(name)([]byte("{ <= [\x00")); err == nil {
			t.Errorf("%s takes anything", name)
		}
	}
}
