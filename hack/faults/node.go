package main

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// shutdown is how a cloud says that a machine is off.
const shutdown = "node.cloudprovider.kubernetes.io/shutdown"

const nodePods = 5

// nodeOff switches one node of each side of a pair off.
func nodeOff(ctx context.Context, s *scene) error {
	p, err := s.newPair(ctx, "node", manifest("node", nodePods, "", ""), nil)
	if err != nil {
		return err
	}
	var nodes []string
	var lost [2]types.UID
	for i := range 2 {
		victim := p.pods(i)[0]
		nodes, lost[i] = append(nodes, victim.Spec.NodeName), victim.UID
	}
	s.undo = append(s.undo, func(ctx context.Context) error { return s.switchOn(ctx, nodes) })
	if err := s.power(ctx, nodes, false); err != nil {
		return err
	}
	off := time.Since(s.now.began)
	s.say("a node of each side loses its power: %s with a pod that the agent looks after, %s with one that it does not", nodes[with], nodes[without])
	if err := s.until(ctx, "both count as not ready", func() bool { return s.notReady(nodes) == len(nodes) }); err != nil {
		return err
	}
	if err := s.patchTaint(ctx, nodes, true); err != nil {
		return err
	}
	s.say("the cloud has tainted them: they are off")
	var replaced, gone [2]record
	err = s.ticks(ctx, 8*time.Minute, func(time.Duration) (bool, error) {
		at, whole := time.Since(s.now.began), 0
		for i := range 2 {
			replaced[i] = replaced[i].note(at, p.elsewhere(i, nodes))
			gone[i] = gone[i].note(at, p.lacks(i, lost[i]))
			if p.elsewhere(i, nodes) >= nodePods {
				whole++
			}
		}
		return whole == 2, nil
	})
	if err != nil {
		return err
	}
	s.compare("the pod is gone after the node's loss, or deleted", func(i int) string { return gone[i].after(off, atLeast(1)) })
	s.compare("all pods are ready on other nodes after the node's loss", func(i int) string { return replaced[i].after(off, atLeast(nodePods)) })
	if _, ok := replaced[with].first(off, atLeast(nodePods)); !ok {
		return fmt.Errorf("the agent's pods are not ready on other nodes")
	}
	if err := s.switchOn(ctx, nodes); err != nil {
		return err
	}
	s.say("power is back, the taints are gone")
	return s.until(ctx, "all nodes are ready", func() bool { return s.notReady(nodes) == 0 })
}

// elsewhere counts the pods of a side that are ready on other nodes than those.
func (p pair) elsewhere(i int, nodes []string) (n int) {
	for _, one := range p.pods(i) {
		if ready(one) && one.Spec.NodeName != nodes[with] && one.Spec.NodeName != nodes[without] {
			n++
		}
	}
	return n
}

// lacks is 1 once a pod is deleted, at least on paper.
func (p pair) lacks(i int, uid types.UID) int {
	for _, one := range p.pods(i) {
		if one.UID == uid && one.DeletionTimestamp == nil {
			return 0
		}
	}
	return 1
}

func (s *scene) switchOn(ctx context.Context, nodes []string) error {
	if err := s.power(ctx, nodes, true); err != nil {
		return err
	}
	return s.patchTaint(ctx, nodes, false)
}

// patchTaint sets or takes away the cloud's taint. The controllers change taints at
// the same time, so that it is tried until it holds.
func (s *scene) patchTaint(ctx context.Context, nodes []string, off bool) error {
	for _, name := range nodes {
		var failed error
		err := s.wait(ctx, "the taint of "+name, func() bool {
			failed = s.taintOnce(ctx, name, off)
			return failed == nil
		})
		if err != nil {
			return fmt.Errorf("%w: %w", err, failed)
		}
	}
	return nil
}

func (s *scene) taintOnce(ctx context.Context, name string, off bool) error {
	n, err := s.Client.CoreV1().Nodes().Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	var kept []corev1.Taint
	for _, t := range n.Spec.Taints {
		if t.Key != shutdown {
			kept = append(kept, t)
		}
	}
	if off {
		kept = append(kept, corev1.Taint{Key: shutdown, Effect: corev1.TaintEffectNoSchedule})
	}
	n.Spec.Taints = kept
	_, err = s.Client.CoreV1().Nodes().Update(ctx, n, metav1.UpdateOptions{})
	return err
}
