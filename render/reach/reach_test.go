package reach

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

var update = flag.Bool("update", false, "rewrite the wanted parts of testdata")

// TestTo decides on every archive of testdata: application.yaml says of what, and
// want is what comes out.
func TestTo(t *testing.T) {
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
			var a Application
			if err := yaml.UnmarshalStrict(archive.Files[0].Data, &a); err != nil {
				t.Fatal(err)
			}
			got := show(t, a)
			if *update {
				archive.Files = append(archive.Files[:1], txtar.File{Name: "want", Data: []byte(got)})
				if err := os.WriteFile(file, txtar.Format(archive), 0o600); err != nil {
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

func show(t *testing.T, a Application) string {
	t.Helper()
	routes, err := To(a)
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	text, err := yaml.Marshal(routes)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestPolicies(t *testing.T) {
	ports := func(p Object) []any {
		rules, _ := p.Spec["ingress"].([]any)
		return rules
	}
	got := Policies([]Member{
		{Name: "web", Ports: []guide.Port{{Name: "http", Port: 8080, Public: true}, {Name: "admin", Port: 9090}}},
		{Name: "worker"},
	})
	if len(got) != 2 {
		t.Fatalf("%d policies", len(got))
	}
	if rules := ports(got[0]); len(rules) != 2 {
		t.Errorf("web has the rules %v", rules)
	} else {
		if _, bound := rules[0].(map[string]any)["from"]; bound {
			t.Error("the public port is not for everybody")
		}
		if _, bound := rules[1].(map[string]any)["from"]; !bound {
			t.Error("the other port is for everybody")
		}
	}
	if rules := ports(got[1]); len(rules) != 0 {
		t.Errorf("the worker is reached: %v", rules)
	}
}

func TestMonitors(t *testing.T) {
	members := []Member{{Name: "web", Ports: []guide.Port{{Name: "metrics", Port: 9090}}}, {Name: "other", Ports: []guide.Port{{Name: "http"}}}}
	if got := Monitors(members, []string{"apps/v1/Deployment"}); got != nil {
		t.Errorf("without the kind: %v", got)
	}
	if got := Monitors(members, []string{"monitoring.coreos.com/v1/ServiceMonitor"}); len(got) != 1 || got[0].Name != "web" {
		t.Errorf("got %v", got)
	}
}
