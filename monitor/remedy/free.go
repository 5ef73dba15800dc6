package remedy

import (
	"context"
	"errors"
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/spotguide/spotguide/monitor/sla"
	"github.com/spotguide/spotguide/spotguides/guide"
)

// free removes pods from a node that is off, by force: nobody is left to stop
// them. While a node may run them, a second one of the same name beside them can
// lose data, so it looks at the node once more.
func (c *Carrier) free(ctx context.Context, a sla.Action) (string, error) {
	off, why, err := c.off(ctx, a.Target.Name)
	switch {
	case err != nil:
		return "", err
	case !off:
		return why, nil
	}
	var errs []error
	deleted := 0
	for _, p := range a.Pods {
		gone, err := c.forceFrom(ctx, a.Target.Name, p)
		errs = append(errs, err)
		if gone {
			deleted++
		}
	}
	if err := errors.Join(errs...); err != nil && deleted == 0 {
		return "", err
	} else if err != nil {
		return fmt.Sprintf("deleted %d of %d pods by force: %s; the others: %s", deleted, len(a.Pods), why, err), nil
	}
	return fmt.Sprintf("deleted %d pods by force: %s", deleted, why), nil
}

// forceFrom deletes a pod by force if it still is the one on that node.
func (c *Carrier) forceFrom(ctx context.Context, node string, t sla.Target) (bool, error) {
	pod, err := c.client.CoreV1().Pods(t.Namespace).Get(ctx, t.Name, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err) || err == nil && (string(pod.UID) != t.UID || pod.Spec.NodeName != node):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("pod %s/%s: %w", t.Namespace, t.Name, err)
	}
	if _, err := c.force(ctx, pod, ""); err != nil {
		return false, fmt.Errorf("pod %s/%s: %w", t.Namespace, t.Name, err)
	}
	return true, nil
}

// off tells whether a node is known to be off, and in words.
func (c *Carrier) off(ctx context.Context, name string) (bool, string, error) {
	node, err := c.client.CoreV1().Nodes().Get(ctx, name, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return true, "its node is gone", nil
	case err != nil:
		return false, "", fmt.Errorf("look for the node %s: %w", name, err)
	}
	i := slices.IndexFunc(node.Spec.Taints, func(t corev1.Taint) bool { return guide.SaysOff(t.Key) })
	ready := slices.ContainsFunc(node.Status.Conditions, func(c corev1.NodeCondition) bool {
		return c.Type == corev1.NodeReady && c.Status == corev1.ConditionTrue
	})
	switch {
	case i < 0:
		return false, "its node is not known to be off", nil
	case ready:
		return false, "its node is ready, although a taint says that it is off", nil
	}
	return true, "its node is off, by the taint " + node.Spec.Taints[i].Key, nil
}

func (c *Carrier) force(ctx context.Context, pod *corev1.Pod, done string) (string, error) {
	atOnce := int64(0)
	return c.delete(ctx, pod, &atOnce, done)
}
