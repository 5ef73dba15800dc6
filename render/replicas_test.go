package render

import (
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

func TestReplicasAreLeftToTheirOwner(t *testing.T) {
	tests := map[string]struct {
		files string
		sla   map[string]guide.Autoscaling
		want  []string // those that keep their replicas
	}{
		"nobody else": {workloads, nil, []string{"Deployment a", "Deployment other/a", "StatefulSet a", "Deployment b", "Scaler b"}},
		"autoscaler":  {workloads + autoscaler, nil, []string{"Deployment other/a", "StatefulSet a", "Deployment b", "Scaler b"}},
		"SLA":         {workloads, map[string]guide.Autoscaling{"b": {}}, []string{"Deployment a", "Deployment other/a", "StatefulSet a", "Scaler b"}},
		"SLA for all": {workloads, map[string]guide.Autoscaling{"*": {}}, []string{"Scaler b"}},
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
				if _, found, _ := unstructured.NestedFieldNoCopy(o.Object, "spec", "replicas"); found {
					got = append(got, Describe(o.Unstructured))
				}
			}
			diff(t, tt.want, got)
		})
	}
}
