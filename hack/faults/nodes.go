package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
)

// alive is the label without which a simulated node has no heartbeat.
const alive = "simulate.spotguide.dev/node"

func flapping(ctx context.Context, s *scene) error {
	nodes, err := s.nodesIn("")
	if err != nil {
		return err
	}
	some := nodes[:max(1, len(nodes)/10)]
	for round := range 6 {
		away := 12 * time.Second
		if round == 5 {
			away = 25 * time.Second
		}
		if err := s.power(ctx, some, false); err != nil {
			return err
		}
		if err := s.rest(ctx, away); err != nil {
			return err
		}
		s.say("%d nodes were away for %s; %d nodes count as not ready, %d pods", len(some), away, s.notReady(nodes), s.unready())
		if err := s.power(ctx, some, true); err != nil {
			return err
		}
		if err := s.rest(ctx, 30*time.Second-min(away, 20*time.Second)); err != nil {
			return err
		}
	}
	return s.until(ctx, "all nodes are ready", func() bool { return s.notReady(nodes) == 0 })
}

// nodesIn names the nodes of a zone, of all for "".
func (s *scene) nodesIn(zone string) (names []string, err error) {
	selector := labels.Everything()
	if zone != "" {
		selector = labels.SelectorFromSet(labels.Set{corev1.LabelTopologyZone: zone})
	}
	all, err := s.nodesOf.List(selector)
	for _, n := range all {
		names = append(names, n.Name)
	}
	if err == nil && len(names) == 0 {
		err = fmt.Errorf("there are no nodes in %q", zone)
	}
	return names, err
}

// power starts or ends the heartbeat of nodes.
func (s *scene) power(ctx context.Context, nodes []string, on bool) error {
	value := "null"
	if on {
		value = `"true"`
	}
	return s.patchNodes(ctx, nodes, fmt.Sprintf(`{"metadata":{"labels":{%q:%s}}}`, alive, value))
}

// tell sets or takes away the taint of nodes that are known to be off.
func (s *scene) tell(ctx context.Context, nodes []string, off bool) error {
	for _, name := range nodes {
		n, err := s.Client.CoreV1().Nodes().Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		var kept []corev1.Taint
		for _, t := range n.Spec.Taints {
			if t.Key != corev1.TaintNodeOutOfService {
				kept = append(kept, t)
			}
		}
		if off {
			kept = append(kept, corev1.Taint{Key: corev1.TaintNodeOutOfService, Value: "nodeshutdown", Effect: corev1.TaintEffectNoExecute})
		}
		n.Spec.Taints = kept
		if _, err := s.Client.CoreV1().Nodes().Update(ctx, n, metav1.UpdateOptions{}); err != nil && !apierrors.IsConflict(err) {
			return err
		} else if err != nil {
			return s.tell(ctx, nodes, off)
		}
	}
	return nil
}

func (s *scene) patchNodes(ctx context.Context, nodes []string, patch string) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(16)
	for _, name := range nodes {
		group.Go(func() error {
			_, err := s.Client.CoreV1().Nodes().Patch(ctx, name, types.MergePatchType, []byte(patch), metav1.PatchOptions{})
			return err
		})
	}
	return group.Wait()
}

// annotateAll annotates pods; those that are gone meanwhile do not matter.
func (s *scene) annotateAll(ctx context.Context, pods []*corev1.Pod, annotations string) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(16)
	for _, p := range pods {
		group.Go(func() error {
			if err := s.annotate(ctx, p, annotations); err != nil && !apierrors.IsNotFound(err) {
				return err
			}
			return nil
		})
	}
	return group.Wait()
}

func (s *scene) notReady(nodes []string) (n int) {
	for _, name := range nodes {
		node, err := s.nodesOf.Get(name)
		if err != nil {
			continue
		}
		for _, c := range node.Status.Conditions {
			if c.Type == corev1.NodeReady && c.Status != corev1.ConditionTrue {
				n++
			}
		}
	}
	return n
}

// podsOn counts the pods of applications on nodes.
func (s *scene) podsOn(nodes []string) (n int) {
	on := map[string]bool{}
	for _, name := range nodes {
		on[name] = true
	}
	all, _ := s.podsOf.List(labels.Everything())
	for _, p := range all {
		if on[p.Spec.NodeName] && strings.HasPrefix(p.Namespace, "app-") {
			n++
		}
	}
	return n
}
