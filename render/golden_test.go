package render

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/txtar"
	"sigs.k8s.io/yaml"

	"github.com/spotguide/spotguide/spotguides/guide"
)

var update = flag.Bool("update", false, "rewrite the golden parts of testdata")

// goldenRequest is request.yaml of a golden archive.
type goldenRequest struct {
	Dir         string            `json:"dir"`
	Environment string            `json:"environment"`
	Facts       map[string]string `json:"facts"`
	Stack       *guide.Stack      `json:"stack"`
	Composed    *guide.Composed   `json:"composed"`
	Seed        string            `json:"seed"`
	Kubernetes  Kubernetes        `json:"kubernetes"`
	Platform    guide.Platform    `json:"platform"`

	Application guide.Application `json:"application"`
	Settings    guide.Environment `json:"settings"`
	SLA         guide.SLA         `json:"sla"`
}

// TestGolden renders every archive of testdata/golden: request.yaml says what,
// tree/ is the repository, want is what comes out. -update writes want.
func TestGolden(t *testing.T) {
	for _, file := range goldenFiles(t) {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive := parseGolden(t, file)
			req, want := readGolden(t, archive)
			result, err := inProcess(t, req)
			got := show(t, result, err)
			if *update {
				writeGolden(t, file, archive, got)
				return
			}
			diff(t, want, got)
		})
	}
}

func goldenFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/golden/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	return files
}

func parseGolden(t *testing.T, file string) *txtar.Archive {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return archive
}

func readGolden(t *testing.T, archive *txtar.Archive) (Request, string) {
	t.Helper()
	var g goldenRequest
	var want string
	tree := fstest.MapFS{}
	for _, f := range archive.Files {
		switch name, isTree := strings.CutPrefix(f.Name, "tree/"); {
		case f.Name == "request.yaml":
			if err := yaml.UnmarshalStrict(f.Data, &g); err != nil {
				t.Fatal(err)
			}
		case f.Name == "want":
			want = string(f.Data)
		case isTree:
			tree[name] = &fstest.MapFile{Data: f.Data}
		default:
			t.Fatalf("%s is none of request.yaml, want and tree/", f.Name)
		}
	}
	or(&g.Dir, ".")
	guide := &guide.Guide{Application: g.Application, Environment: g.Settings, SLA: g.SLA}
	if g.Application.Render.Engine == "chart" {
		or(&guide.Application.Name, "web")
		guide.Chart = os.DirFS(filepath.Join("../spotguides", guide.Application.Name, "chart"))
	}
	or(&guide.Application.Name, string(g.Application.Render.Engine))
	return Request{
		Tree: tree, Guide: guide, Environment: g.Environment, Namespace: "team", Kubernetes: g.Kubernetes, Platform: g.Platform,
		Match: match(g), Seed: []byte(g.Seed),
	}, want
}

func match(g goldenRequest) guide.Match {
	return guide.Match{App: "shop", Dir: g.Dir, Facts: g.Facts, Stack: g.Stack, Composed: g.Composed}
}

func writeGolden(t *testing.T, file string, archive *txtar.Archive, got string) {
	t.Helper()
	if n := len(archive.Files); archive.Files[n-1].Name == "want" {
		archive.Files = archive.Files[:n-1]
	}
	archive.Files = append(archive.Files, txtar.File{Name: "want", Data: []byte(got)})
	if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

// show writes a result for people and for golden files.
func show(t *testing.T, r Result, err error) string {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "inputs: %s\n", strings.Join(r.Inputs, " "))
	for _, n := range r.Notices {
		fmt.Fprintf(&b, "notice: %s\n", n)
	}
	for _, line := range lines(err) {
		fmt.Fprintf(&b, "error: %s\n", line)
	}
	for _, o := range r.Objects {
		data, err := yaml.Marshal(o.Object)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "--- # %s\n%s", o.Origin, data)
	}
	for _, step := range r.Steps {
		data, err := yaml.Marshal(step.Job)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "--- # step %s %s\n%s", step.Stage, step.Name, data)
	}
	return b.String()
}
