package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// StopNode lets a node die as a machine does that loses its power: a real one
// with its kubelet and containers, a simulated one by kwok's letting go of it.
// The cluster notices after the grace period.
func StopNode(ctx context.Context, l Layout, name string) error {
	return l.changeNode(ctx, name, func(s *Settings, real int) error {
		if !slices.Contains(s.Stopped, name) {
			s.Stopped = append(s.Stopped, name)
		}
		if err := l.writeSettings(*s); err != nil {
			return err
		}
		if real == 0 {
			return l.labelSimulated(ctx, name, nil)
		}
		if err := l.realNode(*s, real).Kill(ctx); err != nil {
			return fmt.Errorf("stop %s: %w", name, err)
		}
		return l.introduce(ctx, *s)
	})
}

// StartNode starts a stopped node again, with the disk that it had, and waits
// until it is ready.
func StartNode(ctx context.Context, l Layout, name string, say func(string, ...any)) error {
	return l.changeNode(ctx, name, func(s *Settings, real int) error {
		s.Stopped = slices.DeleteFunc(s.Stopped, func(n string) bool { return n == name })
		if err := l.writeSettings(*s); err != nil {
			return err
		}
		starter := newStarter(l, say)
		var err error
		if real == 0 {
			yes := "true"
			err = l.labelSimulated(ctx, name, &yes)
		} else {
			err = starter.startReal(ctx, *s)
		}
		if err != nil {
			return fmt.Errorf("start %s: %w", name, err)
		}
		return starter.waitNode(ctx, name)
	})
}

// changeNode looks the node up; real is its number, or 0 where it is simulated.
func (l Layout) changeNode(ctx context.Context, name string, change func(s *Settings, real int) error) error {
	unlock, err := l.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	s, err := l.readSettings()
	if err != nil {
		return err
	}
	kind, digits, _ := cutLast(name, "-")
	i, err := strconv.Atoi(digits)
	switch {
	case err == nil && kind == "node" && i >= 1 && i <= s.Real:
		return change(&s, i)
	case err == nil && kind == "simulated" && i >= 0 && i < s.Simulated:
		return change(&s, 0)
	default:
		return fmt.Errorf("there is no node %q; cluster status lists them", name)
	}
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// labelSimulated sets or, with nil, removes the label by which kwok manages it.
func (l Layout) labelSimulated(ctx context.Context, name string, value *string) error {
	client, err := l.client()
	if err != nil {
		return err
	}
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{
		"labels": map[string]*string{SimulatedLabel: value},
	}})
	if err != nil {
		return fmt.Errorf("node %s: %w", name, err)
	}
	_, err = client.CoreV1().Nodes().Patch(ctx, name, types.MergePatchType, patch, metav1.PatchOptions{})
	if err != nil {
		return fmt.Errorf("node %s: %w", name, err)
	}
	return nil
}

func (s *starter) waitNode(ctx context.Context, name string) error {
	client, err := s.layout.client()
	if err != nil {
		return err
	}
	return s.waitFor(ctx, name, time.Minute, func(ctx context.Context) error {
		node, err := client.CoreV1().Nodes().Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return fmt.Errorf("node %s: %w", name, err)
		}
		if !isReady(*node) {
			return fmt.Errorf("node %s is not ready", name)
		}
		return nil
	})
}
