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
		component, known := j.componentOf(o)
		if scaled[targetOf(o)] || known && forComponent(j.Autoscaling, component) != nil {
			unstructured.RemoveNestedField(o.Object, "spec", "replicas")
			continue
		}
		written, found, _ := unstructured.NestedInt64(o.Object, "spec", "replicas")
		floor := int64(j.resilience(component).MinReplicas)
		if found && known && written > 0 && written < floor {
			o.Object["spec"].(map[string]any)["replicas"] = floor
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
