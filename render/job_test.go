package render

import (
	"testing"

	"github.com/spotguide/spotguide/spotguides/guide"
)

func TestRequestErrors(t *testing.T) {
	files := map[string]string{"app/a.yaml": configMap + "a"}
	tests := map[string]struct {
		change func(*Request)
		want   string
	}{
		"no folder":      {func(r *Request) { r.Match.Dir = "gone" }, "gone: cannot read the folder to render: open gone: file does not exist"},
		"a file":         {func(r *Request) { r.Guide.Environment.Path = "a.yaml" }, "app/.spotguide/environment.yaml: app/a.yaml is no folder"},
		"outside":        {func(r *Request) { r.Guide.Environment.Path = "../.." }, `app/.spotguide/environment.yaml: path "../.." leads out of the repository`},
		"unknown engine": {func(r *Request) { r.Guide.Application.Render.Engine = "jsonnet" }, `render.engine "jsonnet" is none of manifests, kustomize, helm, chart`},
		"no environment": {func(r *Request) {
			r.Environment = "x"
			r.Guide.Environment.Environments = map[string]guide.Settings{"prod": {}}
		}, `app/.spotguide/environment.yaml: environment "x" is not declared in environment.yaml; it has prod`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			req := request(guide.EngineManifests, files, "app")
			tt.change(&req)
			result, err := renderer(t, Limits{}).Render(t.Context(), req)
			blamed(t, err, tt.want)
			diff(t, []string{req.Match.Dir}, result.Inputs)
		})
	}
}

func TestInputsCoverWhatWasRead(t *testing.T) {
	for _, tt := range []struct {
		dir  string
		seen []string
		want []string
	}{
		{"app", nil, []string{"app"}},
		{"app", []string{"app/x", "application", "base/b", "base", "base/a"}, []string{"app", "application", "base"}},
		{".", []string{"x/y", "z"}, []string{"."}},
		{"a/b", []string{"a/c", "a"}, []string{"a"}},
	} {
		diff(t, tt.want, cover(tt.dir, tt.seen))
	}
}
