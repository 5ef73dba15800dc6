package apply

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// lastApplied is where kubectl keeps a whole copy of the object, values of
// Secrets included.
const lastApplied = "kubectl.kubernetes.io/last-applied-configuration"

// clean takes out of an object what only the server writes. It changes it in
// place; nil stays nil.
func clean(object *unstructured.Unstructured) *unstructured.Unstructured {
	if object == nil {
		return nil
	}
	unstructured.RemoveNestedField(object.Object, "status")
	for _, field := range serverFields {
		unstructured.RemoveNestedField(object.Object, "metadata", field)
	}
	unstructured.RemoveNestedField(object.Object, "metadata", "annotations", lastApplied)
	if len(object.GetAnnotations()) == 0 {
		unstructured.RemoveNestedField(object.Object, "metadata", "annotations")
	}
	return object
}

// maskSecrets hides the values of Secrets and tells which of them differ. Either
// may be nil.
func maskSecrets(before, after *unstructured.Unstructured) {
	for _, key := range []string{"data", "stringData"} {
		old, now := secretValues(before, key), secretValues(after, key)
		for name := range old {
			other, both := now[name]
			switch {
			case !both:
				old[name] = mask
			case other == old[name]:
				old[name], now[name] = mask+" (same)", mask+" (same)"
			default:
				old[name], now[name] = mask, mask+" (changed)"
			}
		}
		for name := range now {
			if _, both := old[name]; !both {
				now[name] = mask
			}
		}
	}
}

// secretValues are the values of a Secret, nil for whatever else.
func secretValues(object *unstructured.Unstructured, key string) map[string]any {
	if object == nil || object.GroupVersionKind().GroupKind() != secretKind {
		return nil
	}
	values, _ := object.Object[key].(map[string]any)
	return values
}
