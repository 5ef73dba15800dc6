package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
)

// fullDisk does what a kubelet does whose disk is full: it says so, and fails its
// pods one after another. Kubernetes keeps new ones away.
func fullDisk(ctx context.Context, s *scene) error {
	node := s.podsOfApp(0)[0].Spec.NodeName
	pods := s.running(node)
	pods = pods[:(len(pods)+1)/2]
	if err := s.pressure(ctx, node, corev1.ConditionTrue); err != nil {
		return err
	}
	s.say("the disk of node %s is full", node)
	if err := s.until(ctx, "Kubernetes sends it no more pods", func() bool { return s.tainted(node) }); err != nil {
		return err
	}
	for _, p := range pods {
		if err := s.failEvicted(ctx, p); err != nil {
			return err
		}
		if err := s.rest(ctx, 2*time.Second); err != nil {
			return err
		}
	}
	s.say("its kubelet has evicted %d pods, one every 2 seconds; %d pods are not ready", len(pods), s.unready())
	if err := s.until(ctx, "all pods are ready, on other nodes", s.allReady); err != nil {
		return err
	}
	if err := s.pressure(ctx, node, corev1.ConditionFalse); err != nil {
		return err
	}
	s.say("there is room on the disk again")
	if err := s.until(ctx, "the node takes pods", func() bool { return !s.tainted(node) }); err != nil {
		return err
	}
	for _, p := range pods { // what is left of them holds no room; Kubernetes keeps it for people
		err := s.Client.CoreV1().Pods(p.Namespace).Delete(ctx, p.Name, metav1.DeleteOptions{})
		if err != nil && !apierrors.IsNotFound(err) {
			return err
		}
	}
	return nil
}

// running are the applications' pods that run on a node.
func (s *scene) running(node string) (pods []*corev1.Pod) {
	all, _ := s.podsOf.List(labels.Everything()) // a lister's cache has no errors
	for _, p := range all {
		if p.Spec.NodeName == node && p.Status.Phase == corev1.PodRunning && strings.HasPrefix(p.Namespace, "app-") {
			pods = append(pods, p)
		}
	}
	return pods
}

func (s *scene) pressure(ctx context.Context, node string, is corev1.ConditionStatus) error {
	now := time.Now().UTC().Format(time.RFC3339)
	patch := fmt.Sprintf(`{"status":{"conditions":[{"type":"DiskPressure","status":%q,"reason":"Faults","lastTransitionTime":%q}]}}`, is, now)
	_, err := s.Client.CoreV1().Nodes().Patch(ctx, node, types.StrategicMergePatchType, []byte(patch), metav1.PatchOptions{}, "status")
	return err
}

func (s *scene) tainted(node string) bool {
	n, err := s.nodesOf.Get(node)
	if err != nil {
		return false
	}
	for _, t := range n.Spec.Taints {
		if t.Key == corev1.TaintNodeDiskPressure {
			return true
		}
	}
	return false
}

// failEvicted is how a kubelet evicts: the pod stays, failed.
func (s *scene) failEvicted(ctx context.Context, p *corev1.Pod) error {
	now := time.Now().UTC().Format(time.RFC3339)
	patch := fmt.Sprintf(`{"status":{"phase":"Failed","reason":"Evicted","message":"The node was low on resource: ephemeral-storage.",`+
		`"conditions":[{"type":"DisruptionTarget","status":"True","reason":"TerminationByKubelet","lastTransitionTime":%q},`+
		`{"type":"Ready","status":"False","reason":"PodFailed","lastTransitionTime":%q}]}}`, now, now)
	_, err := s.Client.CoreV1().Pods(p.Namespace).Patch(ctx, p.Name, types.StrategicMergePatchType, []byte(patch), metav1.PatchOptions{}, "status")
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}
