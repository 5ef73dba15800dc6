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

// reschedule makes a pod go, so that its owner makes a new one.
func (c *Carrier) reschedule(ctx context.Context, t sla.Target) (string, error) {
	pod, err := c.client.CoreV1().Pods(t.Namespace).Get(ctx, t.Name, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err) || err == nil && string(pod.UID) != t.UID:
		return "it is gone", nil
	case err != nil:
		return "", err
	case metav1.GetControllerOfNoCopy(pod) == nil:
		return "", errors.New("it has no owner that would make a new one")
	case pod.DeletionTimestamp != nil:
		return c.forceIfOff(ctx, pod)
	}
	return c.evict(ctx, pod)
}

// evict asks the disruption budgets. They guard pods that serve; one that is not
// ready goes in any case.
func (c *Carrier) evict(ctx context.Context, pod *corev1.Pod) (string, error) {
	err := c.askToGo(ctx, pod)
	switch {
	case err == nil:
		return "evicted", nil
	case isGone(err):
		return "it is gone", nil
	case !apierrors.HasStatusCause(err, policyv1.DisruptionBudgetCause):
		return "", fmt.Errorf("evict: %w", err)
	case ready(pod):
		return "", fmt.Errorf("a disruption budget keeps it: %w", err)
	}
	return c.delete(ctx, pod, nil, "deleted: a disruption budget would not let it go, but it is not ready")
}

// forceIfOff removes a pod that nobody is left to stop.
func (c *Carrier) forceIfOff(ctx context.Context, pod *corev1.Pod) (string, error) {
	if pod.Spec.NodeName == "" {
		return "it is being deleted", nil
	}
	off, why, err := c.off(ctx, pod.Spec.NodeName)
	switch {
	case err != nil:
		return "", err
	case !off:
		return "it is being deleted", nil
	}
	return c.force(ctx, pod, "deleted by force: "+why)
}

func (c *Carrier) delete(ctx context.Context, pod *corev1.Pod, grace *int64, done string) (string, error) {
	err := c.client.CoreV1().Pods(pod.Namespace).Delete(ctx, pod.Name, *sameObject(pod, grace))
	if err != nil && !isGone(err) {
		return "", fmt.Errorf("delete: %w", err)
	}
	return done, nil
}

// sameObject makes sure that it is still the pod that was looked at.
func sameObject(pod *corev1.Pod, grace *int64) *metav1.DeleteOptions {
	return &metav1.DeleteOptions{GracePeriodSeconds: grace, Preconditions: &metav1.Preconditions{UID: &pod.UID}}
}

// isGone: there is none of that name, or another one.
func isGone(err error) bool { return apierrors.IsNotFound(err) || apierrors.IsConflict(err) }

func ready(pod *corev1.Pod) bool {
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}
