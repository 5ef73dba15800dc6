package render

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/kustomize/kyaml/filesys"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// TestKustomizeRefusesWhatIsRemote tries every field that can name a file.
// Nothing may connect to the listener, which stands for the outside, and the
// error must name the place.
func TestKustomizeRefusesWhatIsRemote(t *testing.T) {
	address, connections := listener(t)
	// An entry of each list is on line 3 of the kustomization.
	fields := map[string]string{
		"bases":                   "bases:\n\n- %s",
		"resources":               "resources:\n\n- %s",
		"components":              "components:\n\n- %s",
		"crds":                    "crds:\n\n- %s",
		"configurations":          "configurations:\n\n- %s",
		"generators":              "generators:\n\n- %s",
		"transformers":            "transformers:\n\n- %s",
		"validators":              "validators:\n\n- %s",
		"openapi.path":            "openapi:\n\n  path: %s",
		"patches.path":            "patches:\n\n- path: %s",
		"patchesStrategicMerge":   "patchesStrategicMerge:\n\n- %s",
		"patchesJson6902.path":    "patchesJson6902:\n- target: {version: v1, kind: Pod, name: x}\n  path: %s",
		"replacements.path":       "replacements:\n\n- path: %s",
		"configMapGenerator":      "configMapGenerator:\n- name: x\n  files: [\"%s\"]",
		"configMapGenerator key":  "configMapGenerator:\n- name: x\n  files: [\"key=%s\"]",
		"configMapGenerator envs": "configMapGenerator:\n- name: x\n  envs: [\"%s\"]",
		"secretGenerator":         "secretGenerator:\n- name: x\n  files: [\"%s\"]",
		"secretGenerator env":     "secretGenerator:\n- name: x\n  env: %s",
		"case":                    "reSOURCES:\n\n- %s",
	}
	places := []string{
		"http://" + address + "/x.yaml", "HTTP://" + address + "/x.yaml", "https://" + address + "/org/repo",
		"https://" + address + "/org/repo.git//dir?ref=main", "git::https://" + address + "/org/repo",
		"ssh://git@" + address + "/org/repo", "git@127.0.0.1:org/repo", "github.com/org/repo/dir", "file:///etc/passwd",
	}
	r := renderer(t, Limits{})
	for field, text := range fields {
		for _, place := range places {
			if strings.HasSuffix(field, "Generator") {
				// "a=b" is the file b under the key a.
				place, _, _ = strings.Cut(place, "?")
			}
			_, err := r.Render(t.Context(), request(guide.EngineKustomize, map[string]string{
				"app/kustomization.yaml": fmt.Sprintf(text, place) + "\n",
				// A vendored folder of that name must not be mistaken for it.
				"app/github.com/org/repo/dir/kustomization.yaml": "resources: []",
			}, "app"))
			if err == nil || !strings.HasPrefix(err.Error(), "app/kustomization.yaml:3: ") || !strings.Contains(err.Error(), "remote") {
				t.Errorf("%s: %s: got %v", field, place, err)
			}
		}
	}
	if n := connections.Load(); n > 0 {
		t.Errorf("%d connections were made", n)
	}
}

// TestKustomizePlugins: built-in plugins read files of the repository; others
// and what they could reach are refused.
func TestKustomizePlugins(t *testing.T) {
	address, connections := listener(t)
	remote := "http://" + address + "/x.yaml"
	tests := map[string]struct {
		files map[string]string
		want  string
	}{
		"helm charts": {map[string]string{"kustomization.yaml": "helmCharts:\n- name: x\n  repo: " + remote + "\n"},
			"kustomization.yaml:1: helmCharts are not built here"},
		"old helm charts": {map[string]string{"kustomization.yaml": "helmChartInflationGenerator:\n- chartName: x\n"},
			"kustomization.yaml:1: helmCharts are not built here"},
		"helm generator": {map[string]string{"kustomization.yaml": "generators: [gen.yaml]\n",
			"gen.yaml": "apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: x}\nname: y\nrepo: " + remote + "\n"},
			"gen.yaml:1: HelmChartInflationGenerator x: only Kustomize's built-in plugins"},
		"exec plugin": {map[string]string{"kustomization.yaml": "transformers:\n- |\n  apiVersion: someteam.example.com/v1\n  kind: SedTransformer\n  metadata: {name: x}\n"},
			"kustomization.yaml:2: SedTransformer x: only Kustomize's built-in plugins"},
		"function": {map[string]string{"kustomization.yaml": "generators: [gen.yaml]\n",
			"gen.yaml": "apiVersion: x/v1\nkind: X\nmetadata:\n  name: x\n  annotations:\n    config.kubernetes.io/function: |\n      exec: {path: /bin/sh}\n"},
			"gen.yaml:1: X x: only Kustomize's built-in plugins"},
		"folder of plugins": {map[string]string{"kustomization.yaml": "generators: [gen]\n", "gen/kustomization.yaml": "resources: []\n"},
			`kustomization.yaml:1: generators: "gen" is a folder: a file is wanted here`},
		"inline generator": {map[string]string{"kustomization.yaml": "generators:\n- |\n  apiVersion: builtin\n  kind: ConfigMapGenerator\n  metadata: {name: x}\n  files: [" + remote + "]\n"},
			`kustomization.yaml:2: generators.files: "` + remote + `" is remote`},
		"generator in a file": {map[string]string{"kustomization.yaml": "generators: [gen.yaml]\n",
			"gen.yaml": "apiVersion: builtin\nkind: SecretGenerator\nmetadata: {name: x}\nenvs: [" + remote + "]\n"},
			`gen.yaml:4: generators.envs: "` + remote + `" is remote`},
		"patch in a transformer": {map[string]string{"kustomization.yaml": "transformers: [t.yaml]\n",
			"t.yaml": "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: x}\nPATH: " + remote + "\n"},
			`t.yaml:4: transformers.path: "` + remote + `" is remote`},
		"types that do not fit": {map[string]string{"kustomization.yaml": "transformers: [t.yaml]\n",
			"t.yaml": "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: x}\npath: " + remote + "\npaths: 1\n"},
			"t.yaml: transformers: "},
		"inline text like an address": {map[string]string{"kustomization.yaml": "generators:\n- 'git@127.0.0.1: org/repo'\n"},
			"kustomization.yaml:2: generators: "},
		"base of a base": {map[string]string{"kustomization.yaml": "resources: [base]\n", "base/kustomization.yaml": "resources:\n- " + remote + "\n"},
			`base/kustomization.yaml:2: resources: "` + remote + `" is remote`},
		"out of the repository": {map[string]string{"kustomization.yaml": "resources: [../../etc/passwd]\nconfigMapGenerator:\n- name: x\n  files: [../x]\n"},
			`kustomization.yaml:1: resources: "../../etc/passwd" leads out of the repository`},
		"cycle": {map[string]string{"kustomization.yaml": "resources: [a]\n", "a/kustomization.yaml": "resources: [../b]\n", "b/kustomization.yaml": "resources: [../a]\n"},
			"cycle"},
	}
	r := renderer(t, Limits{})
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := r.Render(t.Context(), request(guide.EngineKustomize, tt.files, "."))
			blamed(t, err, tt.want)
		})
	}
	if n := connections.Load(); n > 0 {
		t.Errorf("%d connections were made", n)
	}
}

// TestKustomizeSchemaStaysWithItsRepository: Kustomize keeps a custom schema
// for the whole process.
func TestKustomizeSchemaStaysWithItsRepository(t *testing.T) {
	r := renderer(t, Limits{})
	const thing = "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: a}\n"
	plain := map[string]string{
		"kustomization.yaml": "resources: [a.yaml]\npatches: [{path: p.yaml}]\n",
		"a.yaml":             thing + "spec: {parts: [{name: a}]}\n",
		"p.yaml":             thing + "spec: {parts: [{name: b}]}\n",
	}
	custom := maps.Clone(plain)
	custom["kustomization.yaml"] += "openapi: {path: openapi.json}\n"
	custom["openapi.json"] = `{"definitions": {"com.example.v1.Thing": {"type": "object",
	"properties": {"spec": {"type": "object", "properties": {"parts": {"type": "array", "items": {"type": "object"},
		"x-kubernetes-patch-merge-key": "name", "x-kubernetes-patch-strategy": "merge"}}}},
	"x-kubernetes-group-version-kind": [{"group": "example.com", "version": "v1", "kind": "Thing"}]}}}`
	before, err := r.Render(t.Context(), request(guide.EngineKustomize, plain, "."))
	if err != nil {
		t.Fatal(err)
	}
	merged, err := r.Render(t.Context(), request(guide.EngineKustomize, custom, "."))
	if err != nil || show(t, merged, nil) == show(t, before, nil) {
		t.Fatalf("the schema made no difference: %v", err)
	}
	after, err := r.Render(t.Context(), request(guide.EngineKustomize, plain, "."))
	diff(t, show(t, before, nil), show(t, after, err))
}

// TestHelmReachesNothing: no cluster, no names, no environment, no files but
// the chart's, and no schema from anywhere else.
func TestHelmReachesNothing(t *testing.T) {
	address, connections := listener(t)
	t.Setenv("SPOTGUIDE_TEST_SECRET", "leaked")
	files := chartFiles(configMap + `x
data:
  lookup: {{ lookup "v1" "Secret" "kube-system" "" | toJson | quote }}
  dns: {{ getHostByName "localhost" | quote }}
  files: {{ range list "../outside.txt" "/etc/hostname" "templates/a.yaml" }}{{ $.Files.Get . }}{{ end }}
  glob: {{ range $path, $_ := .Files.Glob "**" }}{{ $path }} {{ end }}
`)
	files["outside.txt"] = "leaked"
	files["chart/inside.txt"] = ""
	r := renderer(t, Limits{})
	result, err := r.Render(t.Context(), request(guide.EngineHelm, files, "chart"))
	if err != nil {
		t.Fatal(err)
	}
	diff(t, any(map[string]any{"lookup": "{}", "dns": "", "files": nil, "glob": "inside.txt"}), result.Objects[0].Object["data"])

	for _, function := range []string{`env "SPOTGUIDE_TEST_SECRET"`, `expandenv "$SPOTGUIDE_TEST_SECRET"`} {
		_, err := r.Render(t.Context(), request(guide.EngineHelm, chartFiles("x: {{ "+function+" }}"), "chart"))
		blamed(t, err, "not defined")
	}
	for _, ref := range []string{"http://" + address + "/s.json", "https://" + address, "file:///etc/hostname", "other.json", "urn:x"} {
		files := chartFiles(configMap + "x")
		files["chart/values.schema.json"] = `{"properties": {"x": {"$ref": "` + ref + `"}}}`
		files["chart/other.json"] = "{}"
		_, err := r.Render(t.Context(), request(guide.EngineHelm, files, "chart"))
		blamed(t, err, "chart/values.schema.json: invalid schema")
	}
	if n := connections.Load(); n > 0 {
		t.Errorf("%d connections were made", n)
	}
}

// strict fails the test when it is asked for a path outside.
type strict struct {
	fsReader
	t *testing.T
}

func (s strict) check(name string) {
	if !fs.ValidPath(name) {
		s.t.Errorf("the tree was asked for %q", name)
	}
}

func (s strict) Stat(name string) (fs.FileInfo, error) {
	s.check(name)
	return s.fsReader.Stat(name)
}

func (s strict) ReadFile(name string) ([]byte, error) {
	s.check(name)
	return s.fsReader.ReadFile(name)
}

func TestNothingOutsideTheTreeIsAskedFor(t *testing.T) {
	r := renderer(t, Limits{})
	outside := []string{"..", "../x", "a/../../x", "/etc", "/etc/passwd"}
	for _, place := range outside {
		files := chartFiles(configMap + "x")
		files["kustomization.yaml"] = "resources: [" + place + "]\n"
		for name, settings := range map[string]guide.Settings{
			"path": {Path: place}, "values file": {ValuesFiles: []string{place}}, "kustomization": {},
		} {
			engine, dir := guide.EngineHelm, "chart"
			if name == "kustomization" {
				engine, dir = guide.EngineKustomize, "."
			}
			if name != "kustomization" && !strings.HasPrefix(place, "/") {
				settings.Path, settings.ValuesFiles = prefix("../", settings.Path), []string{prefix("../", place)}
			}
			req := request(engine, files, dir)
			req.Tree = strict{req.Tree.(fsReader), t}
			req.Guide.Environment.Settings = settings
			_, err := r.Render(t.Context(), req)
			if err == nil || len(Errors(err)) == 0 {
				t.Errorf("%s %s: got %v, want it refused", name, place, err)
			}
		}
	}
}

func prefix(with, path string) string {
	if path == "" {
		return ""
	}
	return with + path
}

const probeArgument = "probe-confinement"

// probe says what a confined process can still do; empty when it is nothing.
func probe(address string) string {
	if err := confine(64 << 20); err != nil {
		return err.Error()
	}
	var could []string
	try := func(what string, err error) {
		if err == nil {
			could = append(could, what)
		}
	}
	_, err := os.Open("/etc/hostname")
	try("open a file", err)
	try("write a file", os.WriteFile(os.TempDir()+"/spotguide-probe", []byte("x"), 0o600))
	_, err = net.DialTimeout("tcp", address, time.Second)
	try("dial", err)
	_, err = net.LookupHost("localhost")
	try("resolve a name", err)
	try("start a process", exec.Command("/bin/true").Run())
	files := filesys.MakeFsInMemory()
	_ = files.WriteFile("/kustomization.yaml", []byte("resources: [http://"+address+"/x.yaml]\n"))
	_, err = build(files, "/")
	try("let Kustomize fetch", err)
	files = filesys.MakeFsInMemory()
	_ = files.WriteFile("/kustomization.yaml", []byte("resources: [https://"+address+"/org/repo]\n"))
	_, err = build(files, "/")
	try("let Kustomize clone", err)
	return strings.Join(could, ", ")
}

// TestConfinement is the second wall: what a worker could do if a check before
// it were wrong.
func TestConfinement(t *testing.T) {
	address, connections := listener(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], probeArgument, address)
	cmd.Env = append(os.Environ(), "TMPDIR="+t.TempDir()) // Kustomize makes a folder before it fails
	out, err := cmd.Output()
	if err != nil || string(out) != "confined: " {
		t.Errorf("a confined process can: %s (%v)", out, err)
	}
	if n := connections.Load(); n > 0 {
		t.Errorf("%d connections were made", n)
	}
}
