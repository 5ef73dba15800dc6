package render

import (
	"cmp"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
)

// budget is a PodDisruptionBudget of the set.
type budget struct {
	namespace, name string
	// limit for people: "maxUnavailable 1".
	limit   string
	selects labels.Selector
}

// budgets are the set's; namespace is that of those without one.
func budgets(objects []Object, namespace string) []budget {
	var found []budget
	for _, o := range objects {
		if o.GetKind() != "PodDisruptionBudget" || o.GroupVersionKind().Group != "policy" {
			continue
		}
		selector, _, _ := unstructured.NestedMap(o.Object, "spec", "selector")
		b := budget{namespace: cmp.Or(o.GetNamespace(), namespace), name: o.GetName(), limit: "no limit", selects: selectorOf(selector)}
		for _, field := range []string{"minAvailable", "maxUnavailable"} {
			if v, ok, _ := unstructured.NestedFieldNoCopy(o.Object, "spec", field); ok {
				b.limit = fmt.Sprint(field, " ", v)
			}
		}
		found = append(found, b)
	}
	return found
}

// selectorOf selects nothing where there is no selector or a wrong one, which the
// API server will refuse.
func selectorOf(field map[string]any) labels.Selector {
	var s *metav1.LabelSelector
	if field != nil {
		s = &metav1.LabelSelector{}
		if err := runtime.DefaultUnstructuredConverter.FromUnstructured(field, s); err != nil {
			return labels.Nothing()
		}
	}
	selector, err := metav1.LabelSelectorAsSelector(s)
	if err != nil {
		return labels.Nothing()
	}
	return selector
}

// guards tells whether the budget is for a workload's pods.
func (b budget) guards(workload Object, namespace string) bool {
	pods, _, _ := unstructured.NestedStringMap(workload.Object, "spec", "template", "metadata", "labels")
	return b.namespace == cmp.Or(workload.GetNamespace(), namespace) && b.selects.Matches(labels.Set(pods))
}
