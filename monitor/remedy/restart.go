package remedy

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/spotguide/spotguide/monitor/sla"
)

// RestartedAt is the annotation on a pod template whose change rolls the pods.
const RestartedAt = "spotguide.dev/restarted-at"

// restart rolls a workload's pods.
func (c *Carrier) restart(ctx context.Context, t sla.Target) (string, error) {
	w, err := c.template(ctx, t)
	switch {
	case apierrors.IsNotFound(err):
		return "it is gone", nil
	case err != nil:
		return "", err
	case w.DeletionTimestamp != nil:
		return "it is being deleted", nil
	case w.held != "":
		return "", errors.New(w.held)
	}
	now := time.Now().UTC().Truncate(time.Second)
	if last, err := time.Parse(time.RFC3339, w.annotations[RestartedAt]); err == nil && now.Sub(last) < sla.Pace {
		return fmt.Sprintf("was restarted at %s", last), nil
	}
	patch, err := restartPatch(t, w.UID, now)
	if err != nil {
		return "", err
	}
	if err := c.applyTemplate(ctx, t, patch); err != nil {
		return "", err
	}
	return "rolls its pods", nil
}

// restartPatch names the UID, so that it never creates what was deleted.
func restartPatch(t sla.Target, uid types.UID, at time.Time) ([]byte, error) {
	return json.Marshal(map[string]any{
		"apiVersion": "apps/v1",
		"kind":       t.Kind,
		"metadata":   map[string]any{"name": t.Name, "namespace": t.Namespace, "uid": uid},
		"spec": map[string]any{"template": map[string]any{"metadata": map[string]any{
			"annotations": map[string]string{RestartedAt: at.Format(time.RFC3339)},
		}}},
	})
}

// rolled is what matters of a workload that is to be rolled.
type rolled struct {
	metav1.ObjectMeta
	annotations map[string]string // of the pod template
	held        string            // why rolling would do nothing
}

func newRolled(m metav1.ObjectMeta, template corev1.PodTemplateSpec, held bool, why string) rolled {
	if !held {
		why = ""
	}
	return rolled{m, template.Annotations, why}
}

func (c *Carrier) template(ctx context.Context, t sla.Target) (rolled, error) {
	apps := c.client.AppsV1()
	switch t.Kind {
	case "Deployment":
		d, err := apps.Deployments(t.Namespace).Get(ctx, t.Name, metav1.GetOptions{})
		if err != nil {
			return rolled{}, err
		}
		return newRolled(d.ObjectMeta, d.Spec.Template, d.Spec.Paused, "its rollout is paused"), nil
	case "StatefulSet":
		s, err := apps.StatefulSets(t.Namespace).Get(ctx, t.Name, metav1.GetOptions{})
		if err != nil {
			return rolled{}, err
		}
		return newRolled(s.ObjectMeta, s.Spec.Template, s.Spec.UpdateStrategy.Type == "OnDelete", "its update strategy is OnDelete"), nil
	case "DaemonSet":
		d, err := apps.DaemonSets(t.Namespace).Get(ctx, t.Name, metav1.GetOptions{})
		if err != nil {
			return rolled{}, err
		}
		return newRolled(d.ObjectMeta, d.Spec.Template, d.Spec.UpdateStrategy.Type == "OnDelete", "its update strategy is OnDelete"), nil
	}
	return rolled{}, errors.ErrUnsupported
}

// applyTemplate sends a patch as the monitor's own, which no later apply of the
// application's objects takes away.
func (c *Carrier) applyTemplate(ctx context.Context, t sla.Target, patch []byte) error {
	force := true
	options := metav1.PatchOptions{FieldManager: FieldManager, Force: &force}
	var err error
	switch apps := c.client.AppsV1(); t.Kind {
	case "Deployment":
		_, err = apps.Deployments(t.Namespace).Patch(ctx, t.Name, types.ApplyPatchType, patch, options)
	case "StatefulSet":
		_, err = apps.StatefulSets(t.Namespace).Patch(ctx, t.Name, types.ApplyPatchType, patch, options)
	case "DaemonSet":
		_, err = apps.DaemonSets(t.Namespace).Patch(ctx, t.Name, types.ApplyPatchType, patch, options)
	}
	return err
}
