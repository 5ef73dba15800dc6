package detect

import (
	"io/fs"
	"strings"
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

// Whatever the files of a program hold, looking at them ends, sees the same
// twice, and tells where each thing was seen.
func FuzzSources(f *testing.F) {
	f.Add("package.json", `{"scripts": {"start": "vite --port 3000"}, "workspaces": []}`, "server.js", "app.listen(3000)", "FROM x AS y\nEXPOSE 80\nFROM y")
	f.Add("stack.yaml", "provider:\n  name: openfaas", "app/Main.hs", "main = run 3000", "")
	f.Add("pom.xml", "<project/>", "src/main/java/A.java", "static void main(", "FROM maven:3")
	f.Add("compose.yaml", "services: {a: {build: b, ports: [1:80]}}", "b/index.html", "", "web: x")
	for _, name := range []string{"go.mod", "Cargo.toml", "Gemfile", "mix.exs", "a.csproj", "deno.json", "gleam.toml", "project.clj", "deps.edn", "shard.yml",
		"pubspec.yaml", "package.yaml", "a.cabal", "Package.swift", "build.zig", "a.nimble", "CMakeLists.txt", "meson.build", "build.sbt", "composer.json", "a.zpln", "func.yaml"} {
		f.Add(name, "", "main.go", "", "")
	}
	guides := load(f)
	f.Fuzz(func(t *testing.T, manifest, told, entry, code, dockerfile string) {
		tree := fstest.MapFS{"x/Procfile": {Data: []byte(dockerfile)}}
		if dockerfile != "" {
			tree["y/Dockerfile"] = &fstest.MapFile{Data: []byte(dockerfile)}
		}
		for name, data := range map[string]string{manifest: told, entry: code, "y/" + manifest: told, "y/" + entry: code} {
			if fs.ValidPath(name) && name != "." {
				tree[name] = &fstest.MapFile{Data: []byte(data)}
			}
		}
		first, err := Detect(t.Context(), tree, ".", guides, Options{})
		second, again := Detect(t.Context(), tree, ".", guides, Options{})
		if show(first, err) != show(second, again) {
			t.Fatalf("two looks differ:\n%s\n%s", show(first, err), show(second, again))
		}
		for _, m := range first.Matches {
			if strings.Contains(show(first, err), "no evidence for") {
				t.Fatalf("%s: a fact without evidence:\n%s", m.App, show(first, err))
			}
			for _, e := range m.Why {
				if _, err := tree.Stat(e.File); err != nil {
					t.Fatalf("%s: evidence %q in a file that is not there: %v", m.App, e.Text, err)
				}
			}
		}
	})
}
