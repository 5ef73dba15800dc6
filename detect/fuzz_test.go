package detect

import (
	"testing"
	"testing/fstest"

	"k8s.io/apimachinery/pkg/util/validation"
)

// Whatever files hold, detection ends, every match has a name of its own that
// Kubernetes takes and evidence that exists, and a second look sees the same.
func FuzzDetect(f *testing.F) {
	f.Add("name: db\nguide: web", "apiVersion: v2\nname: x", "resources: [../b]", "apiVersion: v1\nkind: Pod", "FROM x\nEXPOSE 80")
	f.Add("components: [{image: x}]", "type: library", "kind: Component", `{"apiVersion": "v1", "kind": "Pod"}`, "FROM a\nUSER 1\nFROM b")
	f.Add("name: [", "", "bases: [.., /x, ../../..]", "{{ x }}\n---\n", "\x00")
	guides := load(f)
	f.Fuzz(func(t *testing.T, own, chart, kustomization, manifest, dockerfile string) {
		tree := fstest.MapFS{
			"a/.spotguide/application.yaml":       {Data: []byte(own)},
			"a/x.json":                            {Data: []byte(manifest)},
			"b/Chart.yaml":                        {Data: []byte(chart)},
			"b/kustomization.yaml":                {Data: []byte(kustomization)},
			"c/overlays/dev/kustomization.yaml":   {Data: []byte(kustomization)},
			"c/overlays/prod/kustomization.yml":   {Data: []byte(kustomization)},
			"k8s/db/deploy.yaml":                  {Data: []byte(manifest)},
			"dev/db/deploy.yaml":                  {Data: []byte(manifest)},
			"prod/db/Dockerfile":                  {Data: []byte(dockerfile)},
			"Dockerfile":                          {Data: []byte(dockerfile)},
			"deploy/charts/c/Chart.yaml":          {Data: []byte(chart)},
			"examples/base/sub/kustomization.yml": {Data: []byte(kustomization)},
		}
		for _, environment := range []string{"", "dev"} {
			first, err := Detect(t.Context(), tree, ".", guides, Options{Environment: environment})
			second, again := Detect(t.Context(), tree, ".", guides, Options{Environment: environment})
			if show(first, err) != show(second, again) {
				t.Fatalf("two looks differ:\n%s\n%s", show(first, err), show(second, again))
			}
			taken := map[string]bool{}
			for _, m := range first.Matches {
				if errs := validation.IsDNS1123Label(m.App); len(errs) > 0 || taken[m.App] {
					t.Fatalf("name %q: %v, taken %t", m.App, errs, taken[m.App])
				}
				taken[m.App] = true
				if len(m.Why) == 0 {
					t.Fatalf("%s: no evidence", m.App)
				}
				for _, e := range m.Why {
					if _, err := tree.Stat(e.File); err != nil {
						t.Fatalf("%s: evidence in a file that is not there: %v", m.App, err)
					}
				}
			}
			for _, u := range first.Undecided {
				if taken[u.App] {
					t.Fatalf("%s is both decided and undecided", u.App)
				}
			}
		}
	})
}
