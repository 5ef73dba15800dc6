package main

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
)

// fault is one way to break things.
type fault struct {
	name, title string
	// about says what is done, for the reader of the timeline.
	about string
	do    func(context.Context, *scene) error
}

var faults = []fault{
	{"crash-loop", "A pod crashes again and again", "One pod of one application begins to crash. Kubernetes restarts it where it is, more and more slowly.", crashLoop},
	{"bad-rollout", "A commit whose pods crash", "A push changes one application; its new pods crash.", badRollout},
	{"floor", "Somebody scales to zero", "A person sets one application's replicas to 0 by hand; drift correction, which is no action of the health loop, puts them back.", scaledToZero},
	{"full-disk", "A node's disk is full", "One node has no room on its disk: Kubernetes sends it no more pods, and its kubelet evicts half of those that it has. Kubernetes makes them anew elsewhere; there is nothing left for the agent to do.", fullDisk},
	{"spike", "A metric spikes", "The load of one application rises to five times and to ten times what it was, and falls again. The agent scales it by a metric that it reads from the pods, a HorizontalPodAutoscaler scales the same application in another namespace by CPU, which is the same load in thousandths of a CPU. Target, bounds, a minute of stabilization and the time that pods take to start are the same.", metricSpike},
	{"leak", "Memory leaks slowly", "The pods of one application hold more and more memory; at its limit a program is killed and begins anew. A rule of the SLA restarts the Deployment before, by a metric of the pod that holds most.", slowLeak},
	{"volume", "A volume is stuck", "The volumes of one node can be mounted no more, and a pod that may only run there is made anew. kwok knows no volumes: `make faults` plays the kubelet of that node, which says FailedMount. The rule `stuck-volume` acts after 30 seconds here, not after seven minutes, and its cooldown is a minute.", stuckVolume},
	{"node", "Nodes are switched off", "Two nodes lose their power, and the cloud's controller tells that they are off by its taint, under which Kubernetes places no pods there and takes none away. Kubernetes' own eviction waits for the 300 seconds that each pod tolerates a node which does not answer.", nodeOff},
	{"storm", "Half of everything crashes", "All pods of half of the applications begin to crash at once: the cause is elsewhere, a database or the network, and is mended after a minute.", storm},
	{"flapping", "Nodes flap", "A tenth of the nodes lose their kubelet for 12 seconds of each 30, five times, and for 25 seconds once.", flapping},
	{"zone", "A zone is lost", "All nodes of one zone lose their power. After a minute a fencing agent tells that they are off; ten minutes after that they are back.", zoneLost},
}

func crashLoop(ctx context.Context, s *scene) error {
	pods := s.podsOfApp(0)
	victim := pods[0]
	if err := s.annotate(ctx, victim, `"simulate.spotguide.dev/crash":"true"`); err != nil {
		return err
	}
	s.say("pod %s begins to crash", victim.Name)
	return s.until(ctx, "another pod is in its place", func() bool { return !s.exists(victim) && s.allReady() })
}

func badRollout(ctx context.Context, s *scene) error {
	if err := s.write(1, `simulate.spotguide.dev/crash: "true"`); err != nil {
		return err
	}
	if err := s.Push(ctx, "bad"); err != nil {
		return err
	}
	s.say("the commit is pushed")
	if err := s.Nudge(ctx); err != nil {
		return err
	}
	crashing := func() bool {
		d, err := s.deployments.Deployments(name(1)).Get(name(1))
		return err == nil && d.Spec.Template.Annotations["simulate.spotguide.dev/crash"] != ""
	}
	if err := s.until(ctx, "its Deployment is live", crashing); err != nil {
		return err
	}
	if err := s.until(ctx, "the last healthy revision is live again", func() bool { return !crashing() }); err != nil {
		return err
	}
	if err := s.write(1, ""); err != nil {
		return err
	}
	return s.Push(ctx, "mended")
}

func scaledToZero(ctx context.Context, s *scene) error {
	_, err := s.Client.AppsV1().Deployments(name(3)).Patch(ctx, name(3), types.MergePatchType, []byte(`{"spec":{"replicas":0}}`), metav1.PatchOptions{FieldManager: "kubectl-edit"})
	if err != nil {
		return err
	}
	s.say("replicas are 0")
	return s.until(ctx, "they are what the commit says", func() bool {
		d, err := s.deployments.Deployments(name(3)).Get(name(3))
		return err == nil && int(*d.Spec.Replicas) == s.replicas && s.replicas > 0
	})
}

func storm(ctx context.Context, s *scene) error {
	var hit []*corev1.Pod
	for i := range s.apps / 2 {
		hit = append(hit, s.podsOfApp(i)...)
	}
	if err := s.annotateAll(ctx, hit, `"simulate.spotguide.dev/crash":"true"`); err != nil {
		return err
	}
	s.say("%d pods of %d applications crash", len(hit), s.apps/2)
	if err := s.rest(ctx, time.Minute); err != nil {
		return err
	}
	s.say("%d pods are not ready", s.unready())
	if err := s.annotateAll(ctx, hit, `"simulate.spotguide.dev/crash":null`); err != nil {
		return err
	}
	s.say("the cause is mended")
	if err := s.until(ctx, "all pods are ready", s.allReady); err != nil {
		return err
	}
	kept := 0
	for _, p := range hit {
		if s.exists(p) {
			kept++
		}
	}
	s.say("%d of the %d pods are the same as before", kept, len(hit))
	return nil
}

// podsOfApp are an application's pods that run.
func (s *scene) podsOfApp(i int) []*corev1.Pod {
	all, err := s.podsOf.Pods(name(i)).List(labels.Everything())
	if err != nil {
		panic(err) // a lister's cache has none
	}
	return all
}

func (s *scene) exists(p *corev1.Pod) bool {
	now, err := s.podsOf.Pods(p.Namespace).Get(p.Name)
	return err == nil && now.UID == p.UID && now.DeletionTimestamp == nil
}

// annotate sets or, by null, takes away annotations of a pod.
func (s *scene) annotate(ctx context.Context, p *corev1.Pod, annotations string) error {
	_, err := s.Client.CoreV1().Pods(p.Namespace).Patch(ctx, p.Name, types.MergePatchType,
		[]byte(fmt.Sprintf(`{"metadata":{"annotations":{%s}}}`, annotations)), metav1.PatchOptions{})
	return err
}
