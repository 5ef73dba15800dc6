package dockerfile

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"sigs.k8s.io/yaml"

	"github.com/spotguide/spotguide/spotguides/guide"
)

var update = flag.Bool("update", false, "rewrite the Dockerfiles of testdata")

// TestWrite writes the Dockerfile of every stack in testdata.
func TestWrite(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var s guide.Stack
			if err := yaml.UnmarshalStrict(archive.Files[0].Data, &s); err != nil {
				t.Fatal(err)
			}
			written, err := Write(s, "packages/api")
			got := string(written.Text)
			for _, notice := range written.Notices {
				got += "notice: " + notice + "\n"
			}
			if err != nil {
				got += "error: " + err.Error() + "\n"
			}
			if *update {
				archive.Files = append(archive.Files[:1], txtar.File{Name: "Dockerfile", Data: []byte(got)})
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(archive.Files[1].Data), got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestChoose(t *testing.T) {
	python := language{Versions: []string{"3.14", "3.13", "3.12", "3.11"}, Preferred: "3.13"}
	node := language{Versions: []string{"24", "22", "20"}}
	for _, test := range []struct {
		name    string
		from    language
		wanted  string
		want    string
		unknown bool
	}{
		{"nothing wanted", python, "", "3.13", false},
		{"a release", python, "3.12", "3.12", false},
		{"a patch of it", python, "3.12.4", "3.12", false},
		{"at least", python, ">=3.11", "3.13", false},
		{"less than", python, ">=3.11,<3.13", "3.12", false},
		{"compatible", python, "~=3.12", "3.12", false},
		{"caret", python, "^3.12", "3.14", false},
		{"too old", python, "2.7", "3.13", true},
		{"major", node, "22", "22", false},
		{"major and patch", node, "v20.11.1", "20", false},
		{"caret of a major", node, "^22", "22", false},
		{"any of", node, "20 || 22", "22", false},
		{"x", node, "22.x", "22", false},
		{"a name", node, "lts/*", "24", true},
		{"no versions", language{}, "9", "", false},
	} {
		got, notice := test.from.choose(test.wanted)
		if got != test.want || (notice != "") != test.unknown {
			t.Errorf("%s: %q gives %q (notice %q), want %q", test.name, test.wanted, got, notice, test.want)
		}
	}
}
