package remedy

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/spotguide/spotguide/monitor/sla"
)

// rebalance evicts a pod that serves, so that its owner's next one goes where
// there is more room. Whatever a disruption budget says holds.
func (c *Carrier) rebalance(ctx context.Context, t sla.Target) (string, error) {
	pod, err := c.client.CoreV1().Pods(t.Namespace).Get(ctx, t.Name, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err) || err == nil && string(pod.UID) != t.UID:
		return "it is gone", nil
	case err != nil:
		return "", err
	case metav1.GetControllerOfNoCopy(pod) == nil:
		return "", errors.New("it has no owner that would make a new one")
	case pod.DeletionTimestamp != nil:
		return "it is being deleted", nil
	}
	switch err := c.askToGo(ctx, pod); {
	case err == nil:
		return "evicted from " + pod.Spec.NodeName, nil
	case isGone(err):
		return "it is gone", nil
	case apierrors.HasStatusCause(err, policyv1.DisruptionBudgetCause):
		return "", fmt.Errorf("a disruption budget keeps it: %w", err)
	default:
		return "", fmt.Errorf("evict: %w", err)
	}
}

func (c *Carrier) askToGo(ctx context.Context, pod *corev1.Pod) error {
	return c.client.PolicyV1().Evictions(pod.Namespace).Evict(ctx, &policyv1.Eviction{
		ObjectMeta:    metav1.ObjectMeta{Name: pod.Name, Namespace: pod.Namespace},
		DeleteOptions: sameObject(pod, nil),
	})
}
