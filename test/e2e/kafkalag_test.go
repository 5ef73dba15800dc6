//go:build e2e && kafka

package e2e

import (
	"context"

	"github.com/twmb/franz-go/pkg/kadm"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const cart = `apiVersion: apps/v1
kind: Deployment
metadata: {name: cart}
spec:
  selector: {matchLabels: {app: cart}}
  template:
    metadata: {labels: {app: cart}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - {name: cart, image: "apache/kafka:test", command: [sleep, infinity]}
`

const cartMonitor = `apiVersion: spotguide.dev/v1
kind: Monitor
interval: 5s
sources:
- {name: lag, kafka: {cluster: events, group: cart, topic: orders}}
`

const cartSLA = `apiVersion: spotguide.dev/v1
kind: SLA
rollout: {soak: 1s}
autoscaling:
  cart: {minReplicas: 1, maxReplicas: 9, up: {step: 100%}, metrics: [{name: lag, target: 10}]}
`

// lags pushes a consumer of a group that is behind: it gets a replica for each of the six
// partitions, and more are proposed.
func (k *clients) lags() {
	k.Helper()
	admin := kadm.NewClient(k.client)
	begins, err := admin.ListStartOffsets(k.Context(), topic)
	k.must(err)
	k.must(admin.CommitAllOffsets(k.Context(), "cart", begins.Offsets()))
	k.commit("a consumer", map[string]string{
		"cart/deployment.yaml": cart, "cart/.spotguide/monitor.yaml": cartMonitor, "cart/.spotguide/sla.yaml": cartSLA,
	})
	k.until("there are as many replicas as partitions", func(ctx context.Context) bool {
		d, err := k.world.client.AppsV1().Deployments(namespace).Get(ctx, "cart", metav1.GetOptions{})
		if err == nil && d.Status.ReadyReplicas > 6 {
			k.Fatalf("%d replicas for six partitions", d.Status.ReadyReplicas)
		}
		return err == nil && d.Status.ReadyReplicas == 6
	})
	k.until("more partitions are proposed", func(ctx context.Context) bool {
		return k.told(ctx, "ScalingLimited", "lagPartitions=6 is how many can make use of it: raise that to 9")
	})
}
