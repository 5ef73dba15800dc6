package simulate

import (
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

func TestConfigIsWhatKwokTakes(t *testing.T) {
	names := map[string]bool{}
	for _, text := range strings.Split(string(Config("/log")), "\n---\n") {
		var object struct {
			APIVersion, Kind string
			Metadata         struct{ Name string }
		}
		if err := yaml.Unmarshal([]byte(text), &object); err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		if object.APIVersion != "kwok.x-k8s.io/v1alpha1" || object.Metadata.Name == "" {
			t.Errorf("unexpected object %+v", object)
		}
		if names[object.Kind+object.Metadata.Name] {
			t.Errorf("twice: %+v", object)
		}
		names[object.Kind+object.Metadata.Name] = true
	}
	for _, want := range []string{"Stagepod-ready", "Stagepod-crash-exit", "Stagenode-initialize", "Metricmetrics-resource"} {
		if !names[want] {
			t.Errorf("no %s", want)
		}
	}
}

func TestNodesUseSomethingThemselves(t *testing.T) {
	config := string(Config("/log"))
	for _, want := range []string{"0.05 * node.SinceSecond()", "+ 536870912.0"} {
		if strings.Count(config, want) != 1 {
			t.Errorf("kwok's metrics have changed: no single %q", want)
		}
	}
}

// A node that was lost for a while keeps its address, else nobody measures it.
func TestNodesKeepTheirAddress(t *testing.T) {
	config := string(Config("log"))
	if strings.Contains(config, "$hasHostname) }}\n      addresses:") {
		t.Error("a node that becomes ready again loses its address for want of a host name")
	}
	if !strings.Contains(config, "{{ if not $hasInternalIP }}\n      addresses:") {
		t.Error("kwok's stage is no longer what keptAddress replaces")
	}
}
