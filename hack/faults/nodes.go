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

func zoneLost(ctx context.Context, s *scene) error {
	nodes, err := s.nodesIn("zone-b")
	if err != nil {
		return err
	}
	before := s.podsOn(nodes)
	if err := s.power(ctx, nodes, false); err != nil {
		return err
	}
	s.say("%d nodes with %d pods lose their power", len(nodes), before)
	if err := s.until(ctx, "all of them count as not ready", func() bool { return s.notReady(nodes) == len(nodes) }); err != nil {
		return err
	}
	if err := s.rest(ctx, max(0, time.Minute-time.Since(s.now.began))); err != nil {
		return err
	}
	s.say("%d pods are not ready; %d lie on those nodes", s.unready(), s.podsOn(nodes))
	if err := s.tell(ctx, nodes, true); err != nil {
		return err
	}
	s.say("the fencing agent has tainted them: they are off")
	if err := s.until(ctx, "nothing lies on those nodes any more", func() bool { return s.podsOn(nodes) == 0 }); err != nil {
		return err
	}
	if err := s.until(ctx, "all pods are ready in the other zones", s.allReady); err != nil {
		return err
	}
	if err := s.power(ctx, nodes, true); err != nil {
		return err
	}
	if err := s.tell(ctx, nodes, false); err != nil {
		return err
	}
	s.say("power and network are back, the taints are gone")
	if err := s.until(ctx, "all nodes are ready", func() bool { return s.notReady(nodes) == 0 }); err != nil {
		return err
	}
	worst := 0
	return s.until(ctx, "every application is spread over the three zones again", func() bool {
		uneven := s.uneven()
		if missing := s.unready(); missing > worst {
			worst = missing
		}
		if uneven > 0 {
			return false
		}
		s.say("at most %d pods were missing at a time meanwhile", worst)
		return true
	})
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

// uneven counts the applications that some zone has over one pod more of than
// another.
func (s *scene) uneven() (n int) {
	zones := map[string]string{}
	all, _ := s.nodesOf.List(labels.Everything())
	for _, node := range all {
		zones[node.Name] = node.Labels[corev1.LabelTopologyZone]
	}
	for i := range s.apps {
		count := map[string]int{"zone-a": 0, "zone-b": 0, "zone-c": 0}
		for _, p := range s.podsOfApp(i) {
			if p.DeletionTimestamp == nil {
				count[zones[p.Spec.NodeName]]++
			}
		}
		if max(count["zone-a"], count["zone-b"], count["zone-c"])-min(count["zone-a"], count["zone-b"], count["zone-c"]) > 1 {
			n++
		}
	}
	return n
}
