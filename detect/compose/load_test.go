package compose

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
	"sigs.k8s.io/yaml"
)

var update = flag.Bool("update", false, "write what comes out into the archives")

// TestLoad reads compose.yaml of every archive in testdata; want is what comes
// out. -update writes it.
func TestLoad(t *testing.T) {
	archives, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatal("no archives", err)
	}
	for _, file := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			tree, want := fstest.MapFS{}, ""
			var kept []txtar.File
			for _, f := range archive.Files {
				if f.Name == "want" {
					want = string(f.Data)
					continue
				}
				tree[f.Name] = &fstest.MapFile{Data: f.Data}
				kept = append(kept, f)
			}
			where := "compose.yaml"
			if _, ok := tree["shop/compose.yaml"]; ok {
				where = "shop/compose.yaml"
			}
			got := show(t, tree, where)
			if *update {
				archive.Files = append(kept, txtar.File{Name: "want", Data: []byte(got)})
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func show(t *testing.T, tree fstest.MapFS, file string) string {
	p, err := Load(t.Context(), tree, file, "staging")
	if err != nil {
		return fmt.Sprintln("error:", err)
	}
	var b strings.Builder
	for _, s := range p.Services {
		data, err := yaml.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "--- %s, line %d\n%s", s.Service, s.Line, data)
	}
	for _, n := range p.Notices {
		fmt.Fprintln(&b, "notice:", n)
	}
	return b.String()
}
