package agent

import (
	"testing"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// A volume that has grown is not asked to shrink by a size in the repository.
func TestRaise(t *testing.T) {
	for written, want := range map[string]string{"10Gi": "12Gi", "12Gi": "12Gi", "20Gi": "20Gi", "lots": "lots"} {
		claim := &unstructured.Unstructured{Object: map[string]any{"spec": map[string]any{
			"resources": map[string]any{"requests": map[string]any{"storage": written}}}}}
		if err := raise(claim, resource.MustParse("12Gi")); err != nil {
			t.Fatal(err)
		}
		if got, _, _ := unstructured.NestedString(claim.Object, "spec", "resources", "requests", "storage"); got != want {
			t.Errorf("%s became %s, want %s", written, got, want)
		}
	}
	if err := raise(&unstructured.Unstructured{Object: map[string]any{}}, resource.MustParse("1Gi")); err != nil {
		t.Error(err)
	}
}
