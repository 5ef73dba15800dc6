package sites

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"

	"github.com/spotguide/spotguide/sync/inventory"
)

// manager of replicas is the one of the monitor's own scaling.
const manager = "spotguide-monitor"

// workload is one that has pods.
type workload struct {
	kind, name string
	replicas   int32 // -1 where it has none of its own
	selector   *metav1.LabelSelector
}

// workloads are those of an application.
func (p *place) workloads(ctx context.Context, application string) ([]workload, error) {
	selector := metav1.ListOptions{LabelSelector: labels.Set{inventory.LabelApplication: application}.String()}
	apps := p.client.AppsV1()
	var all []workload
	deployments, err := apps.Deployments(p.namespace).List(ctx, selector)
	if err != nil {
		return nil, fmt.Errorf("list Deployments: %w", err)
	}
	for i := range deployments.Items {
		d := &deployments.Items[i]
		all = append(all, workload{"Deployment", d.Name, replicas(d.Spec.Replicas), d.Spec.Selector})
	}
	sets, err := apps.StatefulSets(p.namespace).List(ctx, selector)
	if err != nil {
		return nil, fmt.Errorf("list StatefulSets: %w", err)
	}
	for i := range sets.Items {
		s := &sets.Items[i]
		all = append(all, workload{"StatefulSet", s.Name, replicas(s.Spec.Replicas), s.Spec.Selector})
	}
	daemons, err := apps.DaemonSets(p.namespace).List(ctx, selector)
	if err != nil {
		return nil, fmt.Errorf("list DaemonSets: %w", err)
	}
	for i := range daemons.Items {
		d := &daemons.Items[i]
		all = append(all, workload{"DaemonSet", d.Name, -1, d.Spec.Selector})
	}
	return all, nil
}

func replicas(n *int32) int32 {
	if n == nil {
		return 1
	}
	return *n
}

// pods counts those of an application that have not ended, also those that are
// being deleted.
func (p *place) pods(ctx context.Context, application string) (int, error) {
	workloads, err := p.workloads(ctx, application)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, w := range workloads {
		selector, err := metav1.LabelSelectorAsSelector(w.selector)
		if err != nil {
			return 0, fmt.Errorf("%s %s: selector: %w", w.kind, w.name, err)
		}
		pods, err := p.client.CoreV1().Pods(p.namespace).List(ctx, metav1.ListOptions{LabelSelector: selector.String()})
		if err != nil {
			return 0, fmt.Errorf("list pods of %s %s: %w", w.kind, w.name, err)
		}
		for i := range pods.Items {
			if phase := pods.Items[i].Status.Phase; phase != corev1.PodSucceeded && phase != corev1.PodFailed {
				n++
			}
		}
	}
	return n, nil
}

// stop takes all replicas away. DaemonSets go when the site is applied as a
// standby.
func (p *place) stop(ctx context.Context, application string) error {
	workloads, err := p.workloads(ctx, application)
	if err != nil {
		return err
	}
	var errs []error
	for _, w := range workloads {
		if w.replicas <= 0 {
			continue
		}
		if err := p.scale(ctx, w.kind, w.name, 0); err != nil {
			errs = append(errs, fmt.Errorf("stop %s %s/%s: %w", w.kind, p.namespace, w.name, err))
		}
	}
	return errors.Join(errs...)
}

func (p *place) scale(ctx context.Context, kind, name string, n int32) error {
	patch, options := fmt.Appendf(nil, `{"spec":{"replicas":%d}}`, n), metav1.PatchOptions{FieldManager: manager}
	var err error
	if kind == "Deployment" {
		_, err = p.client.AppsV1().Deployments(p.namespace).Patch(ctx, name, types.MergePatchType, patch, options, "scale")
	} else {
		_, err = p.client.AppsV1().StatefulSets(p.namespace).Patch(ctx, name, types.MergePatchType, patch, options, "scale")
	}
	return err
}

// Start gives workloads that stand at none one replica at least, for those whose
// number is the autoscaling's: it leaves alone what somebody has taken to zero.
func (s *Sites) Start(ctx context.Context, owner inventory.Owner, least map[string]int32) error {
	p := place{s.client, owner.Namespace}
	workloads, err := p.workloads(ctx, owner.Application)
	if err != nil {
		return err
	}
	var errs []error
	for _, w := range workloads {
		if n := least[w.kind+"/"+w.name]; n > 0 && w.replicas == 0 {
			if err := p.scale(ctx, w.kind, w.name, n); err != nil {
				errs = append(errs, fmt.Errorf("start %s %s/%s: %w", w.kind, p.namespace, w.name, err))
			}
		}
	}
	return errors.Join(errs...)
}
