package fleet

import (
	"context"
	"encoding/json"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"

	"github.com/spotguide/spotguide/agent/binding"
)

// Manager is the field manager of what the commands write.
const Manager = "spotguide-cli"

// Annotate sets annotations on a namespace; an empty value removes its key. What
// the agent would not understand is refused here already: before holds what the
// namespace has now.
func Annotate(ctx context.Context, client kubernetes.Interface, before Namespace, set map[string]string) error {
	after := map[string]string{}
	for key, value := range before.Annotations {
		after[key] = value
	}
	patch := map[string]any{}
	for key, value := range set {
		patch[key] = value
		after[key] = value
		if value == "" {
			patch[key] = nil
			delete(after, key)
		}
	}
	if binding.Bound(after) {
		if _, err := binding.Parse(before.Name, after); err != nil {
			return fmt.Errorf("namespace %s: %w", before.Name, err)
		}
	}
	raw, err := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": patch}})
	if err != nil {
		return fmt.Errorf("encode annotations: %w", err)
	}
	_, err = client.CoreV1().Namespaces().Patch(ctx, before.Name, types.MergePatchType, raw, metav1.PatchOptions{FieldManager: Manager})
	if apierrors.IsForbidden(err) {
		return fmt.Errorf("annotate namespace %s: %w; an operator may bind the ClusterRole spotguide-annotator to you there", before.Name, err)
	}
	if err != nil {
		return fmt.Errorf("annotate namespace %s: %w", before.Name, err)
	}
	return nil
}
