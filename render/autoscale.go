package render

import (
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// autoscale adds a HorizontalPodAutoscaler for every workload that the SLA scales
// and the set has none for.
func autoscale(objects []Object, j job) []Object {
	scaled := scaleTargets(objects)
	named := map[string]bool{}
	for _, o := range objects {
		if o.GetKind() == "HorizontalPodAutoscaler" {
			named[o.GetNamespace()+"/"+o.GetName()] = true
		}
	}
	for _, o := range objects {
		component, known := j.componentOf(o)
		a := forComponent(j.Autoscaling, component)
		if a == nil || !known || a.Own() || !scalable(o) || scaled[targetOf(o)] {
			continue
		}
		settled := settleAutoscaling(*a, j.resilience(component))
		hpa := scaler(o, settled)
		if named[hpa.GetNamespace()+"/"+hpa.GetName()] {
			hpa.SetName(o.GetName() + "-" + strings.ToLower(o.GetKind()))
		}
		named[hpa.GetNamespace()+"/"+hpa.GetName()] = true
		objects = append(objects, Object{Unstructured: hpa, Origin: j.descriptor("sla.yaml")})
	}
	return objects
}

// settleAutoscaling fills in what the SLA leaves open.
func settleAutoscaling(a guide.Autoscaling, floor guide.Resilience) guide.Autoscaling {
	a.MinReplicas = max(1, a.MinReplicas, floor.MinReplicas)
	a.MaxReplicas = max(a.MaxReplicas, a.MinReplicas)
	if a.CPU == 0 && a.Memory == 0 {
		a.CPU = defaultCPUTarget
	}
	return a
}

// scaler scales a workload by utilisation.
func scaler(o Object, a guide.Autoscaling) *unstructured.Unstructured {
	var metrics []any
	for _, m := range []struct {
		resource string
		target   int32
	}{{"cpu", a.CPU}, {"memory", a.Memory}} {
		if m.target == 0 {
			continue
		}
		target := map[string]any{"type": "Utilization", "averageUtilization": int64(m.target)}
		metrics = append(metrics, map[string]any{
			"type": "Resource", "resource": map[string]any{"name": m.resource, "target": target},
		})
	}
	hpa := &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
		"spec": map[string]any{
			"scaleTargetRef": map[string]any{"apiVersion": o.GetAPIVersion(), "kind": o.GetKind(), "name": o.GetName()},
			"minReplicas":    int64(a.MinReplicas), "maxReplicas": int64(a.MaxReplicas), "metrics": metrics,
		},
	}}
	hpa.SetName(o.GetName())
	hpa.SetNamespace(o.GetNamespace())
	return hpa
}
