package render

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// tree is a repository in memory.
func tree(files map[string]string) fstest.MapFS {
	t := fstest.MapFS{}
	for name, content := range files {
		t[name] = &fstest.MapFile{Data: []byte(content)}
	}
	return t
}

// request asks for the application in dir to be rendered by an engine.
func request(engine guide.Engine, files map[string]string, dir string) Request {
	g := &guide.Guide{}
	g.Application.Name = string(engine)
	g.Application.Render.Engine = engine
	return Request{
		Tree: tree(files), Guide: g, Namespace: "team",
		Match: guide.Match{App: "shop", Dir: dir, Guide: string(engine)},
	}
}

// inProcess renders without a worker.
func inProcess(t *testing.T, req Request) (Result, error) {
	t.Helper()
	j, err := newJob(req, Limits{}.withDefaults())
	if err != nil {
		return Result{}, err
	}
	result, err := render(t.Context(), j)
	if err != nil {
		return result, err
	}
	return withSteps(req, result)
}

// names lists the objects of a result: "origin: Kind namespace/name".
func names(r Result) []string {
	var names []string
	for _, o := range r.Objects {
		names = append(names, o.Origin+": "+Describe(o.Unstructured))
	}
	return names
}

// lines are the lines of an error.
func lines(err error) []string {
	if err == nil {
		return nil
	}
	return strings.Split(err.Error(), "\n")
}

func diff(t *testing.T, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got)\n%s", d)
	}
}

const configMap = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: "

func TestManifests(t *testing.T) {
	tests := map[string]struct {
		files   map[string]string
		exclude []string
		want    []string
		notices []string
	}{
		"documents, folders and lists": {
			files: map[string]string{
				"a.yaml":     "# comment only\n---\n" + configMap + "one\n---\n---\n" + configMap + "two\n",
				"deep/b.yml": "\xef\xbb\xbf" + configMap + "three\n",
				"c.json":     `{"apiVersion":"v1","kind":"List","items":[` + "\n" + `{"apiVersion":"v1","kind":"Secret","metadata":{"name":"four"}}]}`,
				"d.yaml":     "apiVersion: v1\nkind: ConfigMapList\nitems:\n- metadata: {name: five}\n- metadata: {name: six, namespace: other}\n",
			},
			want: []string{
				"a.yaml:3: ConfigMap one", "a.yaml:9: ConfigMap two", "c.json:2: Secret four",
				"d.yaml:4: ConfigMap five", "d.yaml:5: ConfigMap other/six", "deep/b.yml:1: ConfigMap three",
			},
		},
		"hidden, excluded and foreign files": {
			files: map[string]string{
				".spotguide/application.yaml": "apiVersion: spotguide.dev/v1\nkind: Application\n",
				".github/workflow.yaml":       configMap + "no",
				".hidden.yaml":                configMap + "no",
				"test/e2e.yaml":               configMap + "no",
				"values.yaml":                 "replicas: 1\n",
				"package.json":                `{"name": "shop", "kind": "x"}`,
				"broken.yaml":                 "kind: [of\nthing: }",
				"kustomizeconfig.yaml":        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nmetadata: {name: x}\n",
				"readme.md":                   configMap + "no",
				"chart/Chart.yaml":            "name: x",
				"chart/templates/x.yaml":      "{{ nope }}",
				"overlay/kustomization.yaml":  "resources: []",
				"overlay/patch.yaml":          configMap + "no",
				"app.yaml":                    configMap + "app",
			},
			exclude: []string{"test/*"},
			want:    []string{"app.yaml:1: ConfigMap app"},
			notices: []string{
				"broken.yaml: holds no Kubernetes objects, left out",
				"chart: is a Helm chart, left out",
				"kustomizeconfig.yaml:1: Kustomization configures a tool, left out",
				"overlay: is a kustomization, left out",
				"package.json: holds no Kubernetes objects, left out",
				"values.yaml: holds no Kubernetes objects, left out",
			},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{}
			for name, content := range tt.files {
				files["apps/shop/"+name] = content
			}
			req := request(guide.EngineManifests, files, "apps/shop")
			req.Guide.Application.Render.Exclude = tt.exclude
			got, err := inProcess(t, req)
			if err != nil {
				t.Fatal(err)
			}
			prefixed := func(list []string) (all []string) {
				for _, s := range list {
					all = append(all, "apps/shop/"+s)
				}
				return all
			}
			diff(t, prefixed(tt.want), names(got))
			diff(t, prefixed(tt.notices), got.Notices)
			diff(t, []string{"apps/shop"}, got.Inputs)
		})
	}
}

func TestManifestsTellAllProblemsAtOnce(t *testing.T) {
	files := map[string]string{
		"a.yaml": configMap + "same\n---\n" + configMap + "same\n  namespace: team\n",
		"b.yaml": "kind: Service\nmetadata:\n  name: x\n---\napiVersion: v1\nmetadata: {name: nameless}\n---\n" +
			"apiVersion: batch/v1\nkind: Job\nmetadata:\n  labels: {}\n---\napiVersion: v1\nkind: Pod\n---\n" +
			"apiVersion: v1\nkind: Pod\nmetadata: {name: 12}\n",
		"c.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: twice\n  name: twice\n---\n" +
			configMap + "tab\n\tx: 1\n---\n" + configMap + "labels\n  labels: {a: 1}\n",
		"d.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nsops: {mac: x}\n",
		"e.yaml": configMap + "cell-{{cell}}\ndata:\n  cell: {{cell}}\n---\n" + configMap + "x\ndata:\n{{- range .cells }}\n  {{.}}: x\n{{- end }}\n",
	}
	_, err := inProcess(t, request(guide.EngineManifests, files, "."))
	diff(t, []string{
		"b.yaml:1: Service x: apiVersion is missing",
		"b.yaml:5: object nameless: kind is missing",
		"b.yaml:8: Job: metadata.name is missing",
		"b.yaml:13: Pod: metadata.name is missing",
		"b.yaml:16: Pod: metadata.name is no string: quote it",
		`c.yaml:5: ConfigMap twice: key "name" is given twice in one map`,
		"c.yaml:10: invalid YAML: found a tab character that violates indentation",
		"c.yaml:13: ConfigMap labels: metadata.labels holds a value that is no string: quote it",
		"d.yaml:1: Secret s: it is encrypted with SOPS, which this build does not decrypt: take it out of the repository or have another tool apply it",
		"e.yaml:6: ConfigMap cell-{{cell}}: {{...}} is for a template engine, not YAML: fill it in, or quote it if it is meant",
		"e.yaml:13: invalid YAML: could not find expected ':'; {{...}} is for a template engine: fill it in",
	}, lines(err))
	if got := len(Errors(err)); got != 11 {
		t.Errorf("%d typed errors, want 11", got)
	}

	delete(files, "b.yaml")
	delete(files, "c.yaml")
	delete(files, "d.yaml")
	delete(files, "e.yaml")
	_, err = inProcess(t, request(guide.EngineManifests, files, "."))
	diff(t, []string{"a.yaml:6: ConfigMap team/same: is there twice, also in a.yaml:1: keep one " +
		"(of plain manifests, `render: {exclude: [PATTERN]}` in .spotguide/application.yaml leaves files or folders out)"}, lines(err))
}
