package render

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// releaseReplicas leaves spec.replicas out of every workload that something
// else scales, since a field has one owner.
func releaseReplicas(objects []Object, autoscaling map[string]guide.Autoscaling) {
	scaled := scaleTargets(objects)
	_, all := autoscaling["*"]
	for _, o := range objects {
		switch o.GetKind() {
		case "Deployment", "StatefulSet", "ReplicaSet":
		default:
			continue
		}
		_, named := autoscaling[o.GetName()]
		target := scaleTarget{o.GroupVersionKind().Group, o.GetKind(), o.GetNamespace(), o.GetName()}
		if all || named || scaled[target] {
			unstructured.RemoveNestedField(o.Object, "spec", "replicas")
		}
	}
}

type scaleTarget struct{ group, kind, namespace, name string }

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
