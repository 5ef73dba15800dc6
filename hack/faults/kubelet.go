package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// kubelet plays the storage node's: kwok's nodes mount whatever they are asked to.
type kubelet struct {
	s      *scene
	of     pair // whose pods it runs
	refuse atomic.Bool
	told   map[types.UID]bool // pods with an event that says what they wait for
	beat   time.Time
}

// allow says whether volumes can be mounted.
func (k *kubelet) allow(mounts bool) { k.refuse.Store(!mounts) }

// run looks at the node's pods until the fault is over.
func (k *kubelet) run(ctx context.Context) {
	ctx, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() {
		ended <- k.s.ticks(ctx, 2*patience, func(time.Duration) (bool, error) { return false, k.sync(ctx) })
	}()
	k.s.undo = append(k.s.undo, func(context.Context) error {
		stop()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			return err
		}
		return nil
	})
}

// sync does for each pod what a kubelet does next.
func (k *kubelet) sync(ctx context.Context) error {
	if time.Since(k.beat) > 4*time.Second {
		now := time.Now().UTC().Format(time.RFC3339)
		patch := fmt.Sprintf(`{"status":{"conditions":[{"type":"Ready","status":"True","reason":"Faults","lastHeartbeatTime":%q}]}}`, now)
		if _, err := k.s.Client.CoreV1().Nodes().Patch(ctx, storageNode, types.StrategicMergePatchType, []byte(patch), metav1.PatchOptions{}, "status"); err != nil {
			return err
		}
		k.beat = time.Now()
	}
	for _, p := range append(k.of.pods(with), k.of.pods(without)...) {
		if p.Spec.NodeName != storageNode {
			continue
		}
		if err := k.syncPod(ctx, p); err != nil && !apierrors.IsNotFound(err) {
			return fmt.Errorf("play the kubelet of %s: %w", storageNode, err)
		}
	}
	return nil
}

func (k *kubelet) syncPod(ctx context.Context, p *corev1.Pod) error {
	pods := k.s.Client.CoreV1().Pods(p.Namespace)
	switch {
	case p.DeletionTimestamp != nil:
		var now int64
		return pods.Delete(ctx, p.Name, metav1.DeleteOptions{GracePeriodSeconds: &now, Preconditions: &metav1.Preconditions{UID: &p.UID}})
	case ready(p):
		return nil
	case !k.refuse.Load():
		return k.report(ctx, p, "Running", "True", `{"running":{}}`)
	case k.told[p.UID]:
		return nil
	}
	if err := k.report(ctx, p, "Pending", "False", `{"waiting":{"reason":"ContainerCreating"}}`); err != nil {
		return err
	}
	now := metav1.Now()
	_, err := k.s.Client.CoreV1().Events(p.Namespace).Create(ctx, &corev1.Event{
		ObjectMeta:     metav1.ObjectMeta{GenerateName: p.Name + "."},
		InvolvedObject: corev1.ObjectReference{APIVersion: "v1", Kind: "Pod", Namespace: p.Namespace, Name: p.Name, UID: p.UID},
		Reason:         "FailedMount", Type: corev1.EventTypeWarning, Count: 1, FirstTimestamp: now, LastTimestamp: now,
		Source:  corev1.EventSource{Component: "kubelet", Host: storageNode},
		Message: `MountVolume.SetUp failed for volume "data": the server does not answer`,
	}, metav1.CreateOptions{})
	k.told[p.UID] = err == nil
	return err
}

// report writes a pod's status.
func (k *kubelet) report(ctx context.Context, p *corev1.Pod, phase, status, state string) error {
	now := time.Now().UTC().Format(time.RFC3339)
	condition := func(kind string) string {
		return fmt.Sprintf(`{"type":%q,"status":%q,"lastTransitionTime":%q}`, kind, status, now)
	}
	patch := fmt.Sprintf(`{"status":{"phase":%q,"startTime":%q,"conditions":[%s,%s,%s,%s],`+
		`"containerStatuses":[{"name":"main","image":"registry.example.com/app:1","imageID":"","restartCount":0,"ready":%t,"started":%t,"state":%s}]}}`,
		phase, now, condition("PodReadyToStartContainers"), condition("Initialized"), condition("ContainersReady"), condition("Ready"),
		status == "True", status == "True", state)
	_, err := k.s.Client.CoreV1().Pods(p.Namespace).Patch(ctx, p.Name, types.StrategicMergePatchType, []byte(patch), metav1.PatchOptions{}, "status")
	return err
}
