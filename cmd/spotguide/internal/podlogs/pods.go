// Package podlogs finds the pods of applications and prints what their
// containers say.
package podlogs

import (
	"context"
	"fmt"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"

	"github.com/spotguide/spotguide/sync/inventory"
)

// Selection tells the pods of an application from others, by the selectors of
// the workloads that bear its label: a list a kind, whatever the number of pods.
type Selection struct {
	labels    labels.Selector // of what was applied itself
	selectors []labels.Selector
}

// Select finds the workloads of an application, or of all of the namespace's
// with an empty name.
func Select(ctx context.Context, client kubernetes.Interface, namespace, application string) (Selection, error) {
	applied := inventory.LabelApplication
	if application != "" {
		applied += "=" + application
	}
	own, err := labels.Parse(applied)
	if err != nil {
		return Selection{}, fmt.Errorf("application %q: %w", application, err)
	}
	s := Selection{labels: own}
	options := metav1.ListOptions{LabelSelector: applied}
	for _, add := range []func(context.Context, kubernetes.Interface, string, metav1.ListOptions) error{
		s.deployments, s.statefulSets, s.daemonSets, s.jobs,
	} {
		if err := add(ctx, client, namespace, options); err != nil {
			return Selection{}, fmt.Errorf("find the workloads of namespace %s: %w", namespace, err)
		}
	}
	return s, nil
}

// Has tells whether the pod belongs to the selection.
func (s Selection) Has(pod *corev1.Pod) bool {
	set := labels.Set(pod.Labels)
	for _, selector := range s.selectors {
		if selector.Matches(set) {
			return true
		}
	}
	return s.labels.Matches(set)
}

func (s *Selection) add(selector *metav1.LabelSelector) error {
	if selector == nil {
		return nil // a Job that has not been taken up yet
	}
	parsed, err := metav1.LabelSelectorAsSelector(selector)
	if err == nil {
		s.selectors = append(s.selectors, parsed)
	}
	return err
}

func (s *Selection) deployments(ctx context.Context, client kubernetes.Interface, namespace string, o metav1.ListOptions) error {
	list, err := client.AppsV1().Deployments(namespace).List(ctx, o)
	if err != nil {
		return err
	}
	for i := range list.Items {
		if err := s.add(list.Items[i].Spec.Selector); err != nil {
			return err
		}
	}
	return nil
}

func (s *Selection) statefulSets(ctx context.Context, client kubernetes.Interface, namespace string, o metav1.ListOptions) error {
	list, err := client.AppsV1().StatefulSets(namespace).List(ctx, o)
	if err != nil {
		return err
	}
	for i := range list.Items {
		if err := s.add(list.Items[i].Spec.Selector); err != nil {
			return err
		}
	}
	return nil
}

func (s *Selection) daemonSets(ctx context.Context, client kubernetes.Interface, namespace string, o metav1.ListOptions) error {
	list, err := client.AppsV1().DaemonSets(namespace).List(ctx, o)
	if err != nil {
		return err
	}
	for i := range list.Items {
		if err := s.add(list.Items[i].Spec.Selector); err != nil {
			return err
		}
	}
	return nil
}

// jobs adds the Jobs of the application and those that its CronJobs have made,
// which do not bear its label.
func (s *Selection) jobs(ctx context.Context, client kubernetes.Interface, namespace string, o metav1.ListOptions) error {
	cron, err := client.BatchV1().CronJobs(namespace).List(ctx, o)
	if err != nil {
		return err
	}
	ours := map[types.UID]bool{}
	for i := range cron.Items {
		ours[cron.Items[i].UID] = true
	}
	list, err := client.BatchV1().Jobs(namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	for i := range list.Items {
		job := &list.Items[i]
		if !s.labels.Matches(labels.Set(job.Labels)) && !ours[maker(job)] {
			continue
		}
		if err := s.add(job.Spec.Selector); err != nil {
			return err
		}
	}
	return nil
}

func maker(job *batchv1.Job) types.UID {
	if owner := metav1.GetControllerOf(job); owner != nil {
		return owner.UID
	}
	return ""
}
