package render

import (
	"testing"

	"github.com/spotguide/spotguide/spotguides/guide"
)

func TestSettingsFor(t *testing.T) {
	one, two := int32(1), int32(2)
	e := guide.Environment{
		Settings: guide.Settings{
			Replicas: &one, Path: "base", ValuesFiles: []string{"a"},
			Values:    map[string]any{"a": 1, "m": map[string]any{"x": 1, "y": 1}},
			Resources: map[string]guide.Resources{"*": {}, "web": {Limits: map[string]string{"cpu": "1"}}},
		},
		Environments: map[string]guide.Settings{"prod": {
			Replicas: &two, Path: "prod", ValuesFiles: []string{"b"}, Ingress: &guide.Ingress{Host: "h"},
			Values:    map[string]any{"m": map[string]any{"y": 2}, "b": 2},
			Resources: map[string]guide.Resources{"web": {Limits: map[string]string{"cpu": "2"}}},
		}},
	}
	got, err := settingsFor(e, "prod")
	if err != nil {
		t.Fatal(err)
	}
	diff(t, guide.Settings{
		Replicas: &two, Path: "prod", ValuesFiles: []string{"b"}, Ingress: &guide.Ingress{Host: "h"},
		Values:    map[string]any{"a": 1, "b": 2, "m": map[string]any{"x": 1, "y": 2}},
		Resources: map[string]guide.Resources{"*": {}, "web": {Limits: map[string]string{"cpu": "2"}}},
	}, got)
	diff(t, map[string]any{"x": 1, "y": 1}, e.Values["m"].(map[string]any))

	got, err = settingsFor(e, "")
	diff(t, e.Settings, got)
	if err != nil {
		t.Error(err)
	}
	if _, err := settingsFor(e, "prdo"); err == nil || err.Error() != `there is no environment "prdo": there are prod` {
		t.Errorf("a name that is none: %v", err)
	}
	if _, err := settingsFor(guide.Environment{}, "prod"); err != nil {
		t.Errorf("no environments at all: %v", err)
	}
}

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
		}, `app/.spotguide/environment.yaml: there is no environment "x": there are prod`},
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
