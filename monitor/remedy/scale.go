package remedy

import (
	"context"
	"errors"
	"fmt"

	autoscalingv1 "k8s.io/api/autoscaling/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	applyautoscaling "k8s.io/client-go/applyconfigurations/autoscaling/v1"
	"k8s.io/client-go/util/retry"

	"github.com/spotguide/spotguide/monitor/sla"
)

// scaler is what Deployments and StatefulSets have in common.
type scaler interface {
	GetScale(context.Context, string, metav1.GetOptions) (*autoscalingv1.Scale, error)
	ApplyScale(context.Context, string, *applyautoscaling.ScaleApplyConfiguration, metav1.ApplyOptions) (*autoscalingv1.Scale, error)
}

// scale brings a workload up to a number of replicas and never down.
func (c *Carrier) scale(ctx context.Context, t sla.Target, replicas int32) (message string, err error) {
	s, err := c.scaler(t)
	if err != nil {
		return "", err
	}
	err = retry.RetryOnConflict(retry.DefaultRetry, func() error {
		message, err = scaleUp(ctx, s, t.Name, replicas)
		return err
	})
	return message, err
}

func (c *Carrier) scaler(t sla.Target) (scaler, error) {
	switch t.Kind {
	case "Deployment":
		return c.client.AppsV1().Deployments(t.Namespace), nil
	case "StatefulSet":
		return c.client.AppsV1().StatefulSets(t.Namespace), nil
	}
	return nil, errors.ErrUnsupported
}

// scaleUp reads and writes the same version, so that nobody's newer number is
// lost.
func scaleUp(ctx context.Context, s scaler, name string, replicas int32) (string, error) {
	live, err := s.GetScale(ctx, name, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return "it is gone", nil
	case err != nil:
		return "", fmt.Errorf("read scale: %w", err)
	case live.Spec.Replicas >= replicas:
		return fmt.Sprintf("has %d replicas already", live.Spec.Replicas), nil
	}
	// Applied, not updated: an update of what somebody scaled to 0 leaves the
	// field without an owner.
	scale := applyautoscaling.Scale().WithName(name).WithNamespace(live.Namespace).WithUID(live.UID).
		WithResourceVersion(live.ResourceVersion).WithSpec(applyautoscaling.ScaleSpec().WithReplicas(replicas))
	if _, err := s.ApplyScale(ctx, name, scale, metav1.ApplyOptions{FieldManager: FieldManager, Force: true}); err != nil {
		return "", fmt.Errorf("write scale: %w", err)
	}
	return fmt.Sprintf("scaled from %d to %d replicas", live.Spec.Replicas, replicas), nil
}
