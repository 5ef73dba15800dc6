package guide_test

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/spotguide/spotguide/spotguides/guide"
)

func TestEnvironmentFor(t *testing.T) {
	one, three := int32(1), int32(3)
	e := guide.Environment{
		Settings: guide.Settings{
			Replicas:    &one,
			ValuesFiles: []string{"values.yaml"},
			Values:      map[string]any{"image": map[string]any{"tag": "v1", "pull": "Always"}, "debug": true, "size": 1.5},
			Ingress:     &guide.Ingress{Class: "nginx", Host: "a.example.org"},
		},
		Environments: map[string]guide.Settings{
			"prod": {
				Replicas:    &three,
				ValuesFiles: []string{"prod.yaml"},
				Values:      map[string]any{"image": map[string]any{"tag": "v2"}, "debug": nil},
				Ingress:     &guide.Ingress{Host: "b.example.org"},
			},
			"dev": {},
		},
	}
	prod := guide.Settings{
		Replicas:    &three,
		ValuesFiles: []string{"prod.yaml"},
		Values:      map[string]any{"image": map[string]any{"tag": "v2", "pull": "Always"}, "debug": nil, "size": 1.5},
		Ingress:     &guide.Ingress{Class: "nginx", Host: "b.example.org"},
	}
	for name, want := range map[string]guide.Settings{"": e.Settings, "dev": e.Settings, "prod": prod} {
		got, err := e.For(name)
		if err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got)\n%s", name, diff)
		}
	}
	if *e.Replicas != 1 || e.Values["debug"] != true {
		t.Error("For modified the environment")
	}

	_, err := e.For("pord")
	if want := `environment "pord" is not declared in environment.yaml; it has dev, prod`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if _, err := (guide.Environment{}).For("prod"); err != nil {
		t.Errorf("no environments declared: %v", err)
	}
}

// TestStorageClass: a provided service without a class of its own has that of all.
func TestStorageClass(t *testing.T) {
	e := guide.Environment{
		Settings:     guide.Settings{Services: map[string]guide.Backing{"redis": {Provide: true}, "kafka": {Provide: true, StorageClass: "own"}, "mysql": {Secret: "there"}}},
		Environments: map[string]guide.Settings{"prod": {Storage: &guide.Storage{Class: "fast"}}},
	}
	got, err := e.For("prod")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]guide.Backing{"redis": {Provide: true, StorageClass: "fast"}, "kafka": {Provide: true, StorageClass: "own"}, "mysql": {Secret: "there"}}
	if diff := cmp.Diff(want, got.Services); diff != "" {
		t.Error(diff)
	}
	if e.Services["redis"].StorageClass != "" {
		t.Error("For modified the environment")
	}
}

func TestByComponent(t *testing.T) {
	s := guide.SLA{
		Resilience:  map[string]guide.Resilience{"*": {MinReplicas: 2}, "db": {MinReplicas: 3}},
		Autoscaling: map[string]guide.Autoscaling{"web": {MaxReplicas: 5}, "db": {MinReplicas: 4, MaxReplicas: 5}},
	}
	for component, want := range map[string]int32{"web": 2, "db": 4} {
		if got, ok := s.AutoscalingOf(component); !ok || got.MinReplicas != want {
			t.Errorf("%s: %+v %t, want a minimum of %d", component, got, ok, want)
		}
	}
	if _, ok := s.AutoscalingOf("cache"); ok {
		t.Error("cache is not autoscaled")
	}
}

func TestOverlaid(t *testing.T) {
	g, err := guide.Load(fstest.MapFS{"application.yaml": {Data: []byte(
		"apiVersion: spotguide.dev/v1\nkind: Application\nname: helm\nrender: {engine: helm}\n")}})
	if err != nil {
		t.Fatal(err)
	}
	tree := fstest.MapFS{
		"a/Chart.yaml":                {},
		"b/.spotguide/monitor.yaml":   {Data: []byte("apiVersion: spotguide.dev/v1\nkind: Monitor\ninterval: 5s\n")},
		"c/.spotguide/monitor.yaml":   {Data: []byte("apiVersion: spotguide.dev/v1\nkind: Monitor\nintervall: 5s\n")},
		"d/.spotguide":                {},
		"a/charts/sub/.spotguide/x.y": {},
	}
	if got, err := guide.Overlaid(g, tree, guide.Match{App: "a", Dir: "a"}); got != g || err != nil {
		t.Errorf("without a folder: %v, %v", got, err)
	}
	if got, err := guide.Overlaid(g, tree, guide.Match{App: "b", Dir: "b"}); err != nil || got.Monitor.Interval.Seconds() != 5 {
		t.Errorf("%+v, %v", got, err)
	}
	_, err = guide.Overlaid(g, tree, guide.Match{App: "c", Dir: "c"})
	if want := `c/.spotguide/monitor.yaml:3:1: intervall: unknown field; did you mean "interval"?`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	_, err = guide.Overlaid(g, tree, guide.Match{App: "d", Dir: "d"})
	if want := `d/.spotguide: must be a folder`; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
