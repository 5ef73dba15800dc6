package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/spotguide/spotguide/monitor/sla"
)

// storageNode is a node whose kubelet this program plays: it alone has the disks
// that the application's pods may use.
const storageNode = "storage-0"

const (
	volumePods = 3
	// volumeRule is when the rule acts; the one that every application has waits for
	// seven minutes.
	volumeRule = 30 * time.Second
	// volumeCooldown is longer: the next pod is quiet until volumeRule is over, and
	// an episode whose rule was quiet for a cooldown does not escalate.
	volumeCooldown = time.Minute
)

// volumeSettings are read by the agent alone.
func volumeSettings() map[string]string {
	return map[string]string{
		"sla.yaml": fmt.Sprintf(`apiVersion: spotguide.dev/v1
kind: SLA
rollout: {soak: 5s}
rules:
- name: stuck-volume
  each: pods
  expr: it.stuck == "Volume" && it.notReadyForSeconds > %.0f && rollout.lastHealthy == revision
  action: reschedule
  escalation: [notify]
  cooldown: %s
`, volumeRule.Seconds(), volumeCooldown),
		"monitor.yaml": "apiVersion: spotguide.dev/v1\nkind: Monitor\ninterval: 5s\n",
	}
}

// stuckVolume has a pod that is made anew wait for its volume.
func stuckVolume(ctx context.Context, s *scene) error {
	if err := s.makeStorageNode(ctx); err != nil {
		return err
	}
	k := &kubelet{s: s, of: pair{s, "volume"}, told: map[types.UID]bool{}}
	k.run(ctx)
	spec := `nodeSelector: {storage: "true"}` + "\n      tolerations: [{key: storage, operator: Exists}]"
	p, err := s.newPair(ctx, "volume", manifest("volume", volumePods, "", spec), volumeSettings())
	if err != nil {
		return err
	}
	k.allow(false)
	first, err := s.unmountable(ctx, p)
	if err != nil {
		return err
	}
	stuckAt := time.Now()
	s.say("volumes can be mounted no more; one pod of %d, made anew, waits for its own", volumePods)
	done, err := s.escalated(ctx, p)
	if err != nil {
		return err
	}
	return s.mendVolume(ctx, p, k, first, stuckAt, done)
}

// unmountable deletes one pod of each side, and names what waits in their place.
func (s *scene) unmountable(ctx context.Context, p pair) (stuck [2]types.UID, err error) {
	for i := range 2 {
		victim := p.pods(i)[0]
		if err := s.Client.CoreV1().Pods(victim.Namespace).Delete(ctx, victim.Name, metav1.DeleteOptions{}); err != nil {
			return stuck, err
		}
		err := s.wait(ctx, "another pod that waits for its volume", func() bool {
			for _, one := range p.pods(i) {
				if waits(one) {
					stuck[i] = one.UID
				}
			}
			return stuck[i] != ""
		})
		if err != nil {
			return stuck, err
		}
	}
	return stuck, nil
}

// waits says that a pod's containers wait for its volume.
func waits(p *corev1.Pod) bool {
	if p.DeletionTimestamp != nil || len(p.Status.ContainerStatuses) == 0 {
		return false
	}
	w := p.Status.ContainerStatuses[0].State.Waiting
	return w != nil && w.Reason == "ContainerCreating"
}

// escalated waits until the agent has moved the pod, and has told that it did not
// help.
func (s *scene) escalated(ctx context.Context, p pair) (done [2]sla.Entry, err error) {
	steps := []struct {
		kind sla.Kind
		says string
	}{
		{sla.Reschedule, "the agent evicts it"},
		{sla.Notify, "the next one waits too, and the agent tells it"},
	}
	for i, step := range steps {
		var failed error
		err := s.until(ctx, step.says, func() bool {
			var all []sla.Entry
			all, failed = s.journal(ctx, p.side(with))
			for _, e := range all {
				if e.Rule == "stuck-volume" && e.Kind == step.kind {
					done[i] = e
				}
			}
			return failed != nil || !done[i].At.IsZero()
		})
		if err := errors.Join(err, failed); err != nil {
			return done, fmt.Errorf("what the agent did: %w", err)
		}
	}
	return done, nil
}

// mendVolume lets volumes be mounted again, and compares.
func (s *scene) mendVolume(ctx context.Context, p pair, k *kubelet, first [2]types.UID, since time.Time, done [2]sla.Entry) error {
	var kept [2]bool
	for i := range 2 {
		for _, one := range p.pods(i) {
			kept[i] = kept[i] || one.UID == first[i] && waits(one)
		}
	}
	if a, b := p.countReady(with), p.countReady(without); a != volumePods-1 || b != a {
		return fmt.Errorf("%d pods serve with the agent, %d without; it is %d that have their volumes", a, b, volumePods-1)
	}
	s.say("the other pods serve, on both sides")
	k.allow(true)
	s.say("volumes can be mounted again")
	if err := s.until(ctx, "the pods have theirs", func() bool { return p.well(with) && p.well(without) }); err != nil {
		return err
	}
	after := func(e sla.Entry) string { return fmt.Sprintf("%.1f s", e.At.Sub(since).Seconds()) }
	s.compare("the pod is tried anew after", either(after(done[0]), "never while it was watched"))
	s.compare("somebody is told that this did not help after", either(after(done[1]), "never while it was watched"))
	s.compare("the first pod still waited when volumes came back", func(i int) string { return map[bool]string{true: "yes", false: "no"}[kept[i]] })
	if kept[with] || !kept[without] {
		return fmt.Errorf("the first pod waits on: with the agent %t, without it %t", kept[with], kept[without])
	}
	return nil
}

func either(agent, alone string) func(int) string {
	return func(i int) string { return [...]string{with: agent, without: alone}[i] }
}

// makeStorageNode makes a node that kwok does not play, and has it removed.
func (s *scene) makeStorageNode(ctx context.Context) error {
	nodes := s.Client.CoreV1().Nodes()
	_, err := nodes.Create(ctx, &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: storageNode, Labels: map[string]string{
			"storage": "true", corev1.LabelHostname: storageNode, corev1.LabelTopologyZone: "zone-a",
		}},
		Spec: corev1.NodeSpec{Taints: []corev1.Taint{{Key: "storage", Value: "true", Effect: corev1.TaintEffectNoSchedule}}},
	}, metav1.CreateOptions{})
	if err != nil {
		return err
	}
	s.undo = append(s.undo, func(ctx context.Context) error {
		err := nodes.Delete(ctx, storageNode, metav1.DeleteOptions{})
		if apierrors.IsNotFound(err) {
			return nil
		}
		return err
	})
	room := `{"status":{"allocatable":{"pods":"20","cpu":"4","memory":"8Gi"},"capacity":{"pods":"20","cpu":"4","memory":"8Gi"}}}`
	_, err = nodes.Patch(ctx, storageNode, types.StrategicMergePatchType, []byte(room), metav1.PatchOptions{}, "status")
	return err
}
