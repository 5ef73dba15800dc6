package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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
	events, err := f.client.AppsV1().Deployments("").Watch(ctx, metav1.ListOptions{LabelSelector: "bench=true", ResourceVersion: "0"})
	if err != nil {
		cancel()
		return nil, fmt.Errorf("watch deployments: %w", err)
	}
	l := &live{done: make(chan error, 1)}
	go func() {
		defer cancel()
		defer events.Stop()
		there := map[string]bool{}
		for event := range events.ResultChan() {
			d, ok := event.Object.(*appsv1.Deployment)
			if ok && strings.HasPrefix(d.Namespace, prefix) && d.Annotations["bench-version"] == fmt.Sprint(version) {
				there[d.Namespace] = true
			}
			if len(there) >= wanted {
				l.at = time.Now()
				l.done <- nil
				return
			}
		}
		l.done <- fmt.Errorf("waited %s: %d of %d deployments are at version %d", most, len(there), wanted, version)
	}()
	return l, nil
}

// wait returns when the last one was seen.
func (l *live) wait() (time.Time, error) {
	err := <-l.done
	return l.at, err
}
