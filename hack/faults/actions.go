package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/spotguide/spotguide/monitor"
	"github.com/spotguide/spotguide/monitor/sla"
)

// journal is what the agent did since the fault began, in a namespace or, with "",
// in all.
func (s *scene) journal(ctx context.Context, namespace string) (done []sla.Entry, err error) {
	found, err := s.Client.CoreV1().ConfigMaps(namespace).List(ctx, metav1.ListOptions{FieldSelector: "metadata.name=" + monitor.ConfigMap})
	if err != nil {
		return nil, err
	}
	for _, cm := range found.Items {
		for _, raw := range cm.Data {
			var state sla.State
			if err := json.Unmarshal([]byte(raw), &state); err != nil {
				return nil, fmt.Errorf("state in %s: %w", cm.Namespace, err)
			}
			for _, e := range state.Journal {
				if !e.At.Before(s.now.began) {
					done = append(done, e)
				}
			}
		}
	}
	return done, nil
}

// actions counts what the agent did since the fault began, by rule.
func (s *scene) actions(ctx context.Context) (string, error) {
	done, err := s.journal(ctx, "")
	return counted(done), err
}

func counted(done []sla.Entry) string {
	count := map[string]int{}
	for _, e := range done {
		count[fmt.Sprintf("%s by rule %s", e.Kind, e.Rule)]++
	}
	var words []string
	for _, what := range slices.Sorted(maps.Keys(count)) {
		times := "once"
		if count[what] > 1 {
			times = fmt.Sprintf("%d times", count[what])
		}
		words = append(words, times+" "+what)
	}
	if len(words) == 0 {
		return "nothing"
	}
	return strings.Join(words, ", ")
}
