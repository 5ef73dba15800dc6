package render

import (
	"fmt"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/spotguide/spotguide/spotguides/guide"
)

const workloads = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: a}
spec: {replicas: 1}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: a, namespace: other}
spec: {replicas: 1}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: a}
spec: {replicas: 1}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: b}
spec: {replicas: 1}
---
apiVersion: example.com/v1
kind: Scaler
metadata: {name: b}
spec: {replicas: 1}
`

const autoscaler = `---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: a}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: a}
`

// What a workload is given stays within what its SLA says.
func TestScalingFollowsTheSLA(t *testing.T) {
	req := request(guide.EngineManifests, map[string]string{"a.yaml": workloads + autoscaler + "---\n" +
		"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: idle}\nspec: {replicas: 0}\n---\n" +
		"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: open}\nspec: {}\n"}, ".")
	req.Guide.SLA.Resilience = map[string]guide.Resilience{"*": {MinReplicas: 3}}
	req.Guide.SLA.Autoscaling = map[string]guide.Autoscaling{"a": {MaxReplicas: 2}}
	result, err := inProcess(t, req)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range result.Objects {
		replicas, found, _ := unstructured.NestedFieldNoCopy(o.Object, "spec", "replicas")
		if o.GetKind() == "HorizontalPodAutoscaler" {
			spec := o.Object["spec"].(map[string]any)
			target := spec["scaleTargetRef"].(map[string]any)
			replicas, found = fmt.Sprint(spec["minReplicas"], " to ", spec["maxReplicas"], " of ", target["kind"]), true
		}
		if found {
			got = append(got, fmt.Sprint(Describe(o.Unstructured), ": ", replicas))
		}
	}
	diff(t, []string{
		"Deployment b: 3", "Scaler b: 1", "HorizontalPodAutoscaler a: <nil> to <nil> of Deployment", "Deployment idle: 0",
		"HorizontalPodAutoscaler other/a: 3 to 3 of Deployment", "HorizontalPodAutoscaler a-statefulset: 3 to 3 of StatefulSet",
	}, got)
}

func TestReplicasAreLeftToTheirOwner(t *testing.T) {
	tests := map[string]struct {
		files string
		sla   map[string]guide.Autoscaling
		want  []string // those that keep their replicas
	}{
		"nobody else":         {workloads, nil, []string{"Deployment a", "Deployment other/a", "StatefulSet a", "Deployment b", "Scaler b"}},
		"autoscaler":          {workloads + autoscaler, nil, []string{"Deployment other/a", "StatefulSet a", "Deployment b", "Scaler b"}},
		"SLA":                 {workloads, map[string]guide.Autoscaling{"b": {}}, []string{"Deployment a", "Deployment other/a", "StatefulSet a", "Scaler b"}},
		"SLA, by the monitor": {workloads, map[string]guide.Autoscaling{"a": {MaxReplicas: 3, Metrics: []guide.ScaleMetric{{Name: "lag", Target: 1}}}}, []string{"Deployment b", "Scaler b"}},
		"SLA for all":         {workloads, map[string]guide.Autoscaling{"*": {}}, []string{"Scaler b"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			req := request(guide.EngineManifests, map[string]string{"a.yaml": tt.files}, ".")
			req.Guide.SLA.Autoscaling = tt.sla
			result, err := inProcess(t, req)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, o := range result.Objects {
				if o.GetKind() == "HorizontalPodAutoscaler" && tt.sla["a"].Own() {
					t.Errorf("%s beside the monitor's own autoscaling", Describe(o.Unstructured))
				}
				if _, found, _ := unstructured.NestedFieldNoCopy(o.Object, "spec", "replicas"); found {
					got = append(got, Describe(o.Unstructured))
				}
			}
			diff(t, tt.want, got)
		})
	}
}

// TestAtLeast: what is on replicas keeps them, and nothing else is changed by that.
func TestAtLeast(t *testing.T) {
	three := int32(3)
	j := job{Settings: guide.Settings{Replicas: &three}, AtLeast: map[string]int32{"broker": 5, "few": 2}}
	for name, want := range map[string]int32{"broker": 5, "few": 3, "controller": 3} {
		if got := j.component(guide.Component{Name: name}).Replicas; got == nil || *got != want {
			t.Errorf("%s has %v replicas, want %d", name, got, want)
		}
	}
}
