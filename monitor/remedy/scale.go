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

// scale brings a workload to a number of replicas; down only from the number that
// the action was decided upon, since somebody else has set any other.
func (c *Carrier) scale(ctx context.Context, a sla.Action) (message string, err error) {
	s, err := c.scaler(a.Target)
	if err != nil {
		return "", err
	}
	err = retry.RetryOnConflict(retry.DefaultRetry, func() error {
		message, err = scaleTo(ctx, s, a)
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

// scaleTo reads and writes the same version, so that nobody's newer number is
// lost.
func scaleTo(ctx context.Context, s scaler, a sla.Action) (string, error) {
	name, replicas := a.Target.Name, a.Amount
	live, err := s.GetScale(ctx, name, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return "it is gone", nil
	case err != nil:
		return "", fmt.Errorf("read scale: %w", err)
	case live.Spec.Replicas == replicas, replicas >= a.From && live.Spec.Replicas > replicas:
		return fmt.Sprintf("has %d replicas already", live.Spec.Replicas), nil
	case replicas < live.Spec.Replicas && live.Spec.Replicas != a.From:
		return fmt.Sprintf("somebody has set %d replicas meanwhile", live.Spec.Replicas), nil
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
