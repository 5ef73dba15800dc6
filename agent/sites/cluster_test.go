package sites

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/spotguide/spotguide/agent/source"
	"github.com/spotguide/spotguide/monitor/failover"
	"github.com/spotguide/spotguide/spotguides/guide"
	"github.com/spotguide/spotguide/sync/inventory"
	"github.com/spotguide/spotguide/test/controlplane"
)

func newPlace(t *testing.T) *place {
	t.Helper()
	cfg := controlplane.Config(t)
	return &place{kubernetes.NewForConfigOrDie(cfg), controlplane.Namespace(t, cfg, nil)}
}

// A ballot is written over what was seen, and over nothing newer.
func TestBallotsAreComparedAndSwapped(t *testing.T) {
	p, ctx := newPlace(t), t.Context()
	none, err := p.read(ctx, "cart")
	if err != nil || !none.Known || none.Epoch != 0 {
		t.Fatalf("%+v %v", none, err)
	}
	if err := p.write(ctx, "cart", none, failover.Ballot{Epoch: 1, Holder: "vienna"}); err != nil {
		t.Fatal(err)
	}
	if err := p.write(ctx, "cart", none, failover.Ballot{Epoch: 1, Holder: "graz"}); !apierrors.IsAlreadyExists(err) {
		t.Errorf("a second first one: %v", err)
	}
	first, err := p.read(ctx, "cart")
	if err != nil || first.Holder != "vienna" {
		t.Fatalf("%+v %v", first, err)
	}
	if err := p.write(ctx, "cart", first, failover.Ballot{Epoch: 2, Holder: "graz"}); err != nil {
		t.Fatal(err)
	}
	if err := p.write(ctx, "cart", first, failover.Ballot{Epoch: 1, Holder: "vienna"}); !apierrors.IsConflict(err) {
		t.Errorf("a renewal that comes too late: %v", err)
	}
}

// deploy makes a Deployment of the application with two pods.
func (p *place) deploy(t *testing.T) {
	t.Helper()
	n, labels := int32(2), map[string]string{"app": "cart"}
	_, err := p.client.AppsV1().Deployments(p.namespace).Create(t.Context(), &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: "cart", Labels: map[string]string{inventory.LabelApplication: "cart"}},
		Spec: appsv1.DeploymentSpec{Replicas: &n, Selector: &metav1.LabelSelector{MatchLabels: labels}, Template: corev1.PodTemplateSpec{
			ObjectMeta: metav1.ObjectMeta{Labels: labels},
			Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Image: "registry.example.com/cart:1"}}},
		}},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	p.until(t, 2)
}

// until waits for so many pods.
func (p *place) until(t *testing.T, want int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	events, err := p.client.AppsV1().Deployments(p.namespace).Watch(ctx, metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer events.Stop()
	for event := range events.ResultChan() {
		if d, ok := event.Object.(*appsv1.Deployment); ok && int(d.Status.Replicas) == want && int(*d.Spec.Replicas) == want {
			return
		}
	}
	t.Fatalf("there never were %d pods", want)
}

// A site that is not primary stops what runs there, whatever its application's
// worker is busy with; one that starts anew goes on from what was written down.
func TestStopsByItself(t *testing.T) {
	p, ctx := newPlace(t), t.Context()
	p.deploy(t)
	if n, err := p.pods(ctx, "cart"); err != nil || n != 2 {
		t.Fatalf("%d pods, %v", n, err)
	}
	none, err := p.read(ctx, "cart")
	if err == nil {
		err = p.write(ctx, "cart", none, failover.Ballot{Sites: []string{"vienna", "graz"}, Epoch: 2, Holder: "graz"})
	}
	if err != nil {
		t.Fatal(err)
	}
	owner := inventory.Owner{Namespace: p.namespace, Application: "cart"}
	settings := failover.Settings{Self: "vienna", Failover: guide.Failover{Sites: []string{"vienna", "graz"}, Peer: "absent"}}
	settings.After.Duration, settings.Stop.Duration = 8*time.Second, 3*time.Second
	s := running(t, p)
	s.Follow(owner, settings)
	p.until(t, 0)

	// What it did is written down after it was done.
	again := running(t, p)
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	for ctx.Err() == nil && len(again.Owners(p.namespace)) == 0 {
		if err := again.Recall(ctx, p.namespace); err != nil {
			t.Fatal(err)
		}
	}
	if owners := again.Owners(p.namespace); len(owners) != 1 || owners[0] != owner {
		t.Errorf("remembered are %v", owners)
	}
	if got, known := s.Standing(owner); !known || got.Role != failover.Standby || got.Primary != "graz" || got.Trouble == "" {
		t.Errorf("it stands as %+v", got)
	}
}

// A new primary's workloads come up where nobody else writes their number; what a
// person has given one, or has taken away, stays.
func TestStart(t *testing.T) {
	p := newPlace(t)
	p.deploy(t)
	s := New(p.client, func() source.Policy { return source.Policy{} }, func(inventory.Owner) {}, slog.New(slog.DiscardHandler))
	owner := inventory.Owner{Namespace: p.namespace, Application: "cart"}
	start := func(least map[string]int32) {
		t.Helper()
		if err := s.Start(t.Context(), owner, least); err != nil {
			t.Fatal(err)
		}
	}
	start(map[string]int32{"Deployment/cart": 1})
	p.until(t, 2)
	if err := p.stop(t.Context(), "cart"); err != nil {
		t.Fatal(err)
	}
	start(map[string]int32{"Deployment/other": 1})
	p.until(t, 0)
	start(map[string]int32{"Deployment/cart": 3})
	p.until(t, 3)
}

func running(t *testing.T, p *place) *Sites {
	t.Helper()
	s := New(p.client, func() source.Policy { return source.Policy{} }, func(inventory.Owner) {}, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(context.Background())
	var runs sync.WaitGroup
	runs.Go(func() { _ = s.Run(ctx) })
	t.Cleanup(func() { cancel(); runs.Wait() })
	return s
}
