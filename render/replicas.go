package render

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// settleReplicas gives spec.replicas one owner: it is left out of a workload that
// something else scales, and is nowhere below the SLA's floor, which the monitor
// would have to defend against us. 0 is a wish to be off and stays.
func settleReplicas(objects []Object, j job) {
	scaled := scaleTargets(objects)
	for _, o := range objects {
		if !scalable(o) {
			continue
		}
		if scaled[targetOf(o)] || forComponent(j.Autoscaling, o.GetName()) != nil {
			unstructured.RemoveNestedField(o.Object, "spec", "replicas")
			continue
		}
		written, found, _ := unstructured.NestedInt64(o.Object, "spec", "replicas")
		floor := forComponent(j.Resilience, o.GetName())
		if found && floor != nil && written > 0 && written < int64(floor.MinReplicas) {
			o.Object["spec"].(map[string]any)["replicas"] = int64(floor.MinReplicas)
		}
	}
}

func scalable(o Object) bool {
	switch o.GetKind() {
	case "Deployment", "StatefulSet", "ReplicaSet":
		return true
	}
	return false
}

type scaleTarget struct{ group, kind, namespace, name string }

func targetOf(o Object) scaleTarget {
	return scaleTarget{o.GroupVersionKind().Group, o.GetKind(), o.GetNamespace(), o.GetName()}
}

// scaleTargets are what the set's HorizontalPodAutoscalers scale.
func scaleTargets(objects []Object) map[scaleTarget]bool {
	targets := map[scaleTarget]bool{}
	for _, o := range objects {
		if o.GetKind() != "HorizontalPodAutoscaler" || o.GroupVersionKind().Group != "autoscaling" {
			continue
		}
		ref, _, _ := unstructured.NestedMap(o.Object, "spec", "scaleTargetRef")
		var target unstructured.Unstructured
		target.Object = ref
		name, _ := ref["name"].(string)
		targets[scaleTarget{target.GroupVersionKind().Group, target.GetKind(), o.GetNamespace(), name}] = true
	}
	return targets
}
