package spotguides

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

func TestAll(t *testing.T) {
	guides, err := All()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, g := range guides {
		for _, c := range g.Application.Components {
			// Else no source code that runs and ends would ever be a Job.
			if g.Name() == "web" && c.Workload != "" {
				t.Errorf("%s: component %s is a %s before anybody has said so", g.Name(), c.Name, c.Workload)
			}
		}
		names = append(names, g.Name())
		if g.Application.Description == "" {
			t.Errorf("%s: no description", g.Name())
		}
	}
	if diff := cmp.Diff([]string{"helm", "kafka", "kustomize", "manifests", "traefik", "web"}, names); diff != "" {
		t.Error(diff)
	}
}

func TestLoadNamesEveryBadGuide(t *testing.T) {
	tree := fstest.MapFS{
		"one/application.yaml": {Data: []byte("apiVersion: spotguide.dev/v1\nkind: Application\nname: two\nrender: {engine: helm}\n")},
		"two/application.yaml": {Data: []byte("apiVersion: spotguide.dev/v1\nkind: Application\nname: two\nrender: {engine: hlem}\n")},
		"docs/README.md":       {},
	}
	_, err := Load(tree)
	want := `one/application.yaml: name: "two" is not the name of the folder; write name: one
two/application.yaml:4:18: render.engine: "hlem" is not known; did you mean "helm"?`
	if err == nil || err.Error() != want {
		t.Errorf("got:\n%v\nwant:\n%s", err, want)
	}
}
