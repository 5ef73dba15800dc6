package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/spotguide/spotguide/hack/rig"
)

// live watches the bound Deployments and tells when as many as wanted are at a
// version.
type live struct {
	done chan error
	at   time.Time
}

// watchLive starts watching; wait ends it. The watch costs the API server the
// same whoever applies, so the floor is measured beside one too.
func (f *field) watchLive(ctx context.Context, prefix string, wanted, version int, most time.Duration) (*live, error) {
	ctx, cancel := context.WithTimeout(ctx, most)
	again := func() (watch.Interface, error) {
		return f.Client.AppsV1().Deployments("").Watch(ctx, metav1.ListOptions{LabelSelector: "bench=true", ResourceVersion: "0"})
	}
	events, err := again()
	if err != nil {
		cancel()
		return nil, fmt.Errorf("watch deployments: %w", err)
	}
	l := &live{done: make(chan error, 1)}
	go func() {
		defer cancel()
		there := map[string]bool{}
		for ; err == nil; events, err = again() { // the server ends a watch that lags behind
			for event := range events.ResultChan() {
				d, ok := event.Object.(*appsv1.Deployment)
				if ok && strings.HasPrefix(d.Namespace, prefix) && d.Annotations["bench-version"] == fmt.Sprint(version) {
					there[d.Namespace] = true
				}
				if len(there) >= wanted {
					l.at = time.Now()
					events.Stop()
					l.done <- nil
					return
				}
			}
			events.Stop()
		}
		l.done <- fmt.Errorf("waited at most %s: %d of %d deployments are at version %d: %w", most, len(there), wanted, version, err)
	}()
	return l, nil
}

// wait returns when the last one was seen.
func (l *live) wait() (time.Time, error) {
	err := <-l.done
	return l.at, err
}

// settled waits until Kubernetes' own controllers have caught up with what was
// applied: what they still do would count for whoever is measured next.
func (f *field) settled(ctx context.Context) error {
	return rig.Until(ctx, "the deployments' controller to catch up", patience, func() bool {
		list, err := f.Client.AppsV1().Deployments("").List(ctx, metav1.ListOptions{LabelSelector: "bench=true", ResourceVersion: "0"})
		return err == nil && !slices.ContainsFunc(list.Items, func(d appsv1.Deployment) bool {
			return d.Status.ObservedGeneration < d.Generation
		})
	})
}
