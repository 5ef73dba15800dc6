package remedy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/spotguide/spotguide/monitor/sla"
)

// expand has a claim ask for more. It is never made smaller, and is left as it is
// where somebody has changed it since it was looked at.
func (c *Carrier) expand(ctx context.Context, a sla.Action) (string, error) {
	size, err := resource.ParseQuantity(a.Size)
	was, wrong := resource.ParseQuantity(a.Was)
	if err := errors.Join(err, wrong); err != nil {
		return "", fmt.Errorf("sizes %q and %q: %w", a.Was, a.Size, err)
	}
	claims := c.client.CoreV1().PersistentVolumeClaims(a.Target.Namespace)
	live, err := claims.Get(ctx, a.Target.Name, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err) || err == nil && string(live.UID) != a.Target.UID:
		return "it is gone", nil
	case err != nil:
		return "", err
	}
	now := live.Spec.Resources.Requests[corev1.ResourceStorage]
	if now.Cmp(size) >= 0 {
		return fmt.Sprintf("asks for %s already", now.String()), nil
	}
	if was.Value() != now.Value() {
		return fmt.Sprintf("somebody has it ask for %s meanwhile", now.String()), nil
	}
	patch, err := json.Marshal(map[string]any{
		"metadata": map[string]any{"uid": live.UID, "resourceVersion": live.ResourceVersion},
		"spec":     map[string]any{"resources": map[string]any{"requests": map[string]string{"storage": a.Size}}},
	})
	if err != nil {
		return "", fmt.Errorf("encode patch: %w", err)
	}
	if _, err := claims.Patch(ctx, live.Name, types.MergePatchType, patch, metav1.PatchOptions{FieldManager: FieldManager}); err != nil {
		return "", fmt.Errorf("patch: %w", err)
	}
	return fmt.Sprintf("grows from %s to %s", now.String(), size.String()), nil
}
