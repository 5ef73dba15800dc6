//go:build e2e && kafka

package e2e

import (
	"context"
	"strings"

	"github.com/twmb/franz-go/pkg/kadm"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

const eventsMonitor = `apiVersion: spotguide.dev/v1
kind: Monitor
interval: 5s
`

const eventsSLA = `apiVersion: spotguide.dev/v1
kind: SLA
rules:
- {name: broker-empty, for: 1s}
- {name: broker-removed, for: 1s}
`

// scales pushes a fourth broker, which is filled, takes it away again, which empties it
// first, and asks for two, which cannot hold three replicas.
func (k *clients) scales() {
	k.Helper()
	nodes, err := k.world.client.CoreV1().Nodes().List(k.Context(), metav1.ListOptions{})
	k.must(err)
	k.volumeOn(nodes.Items[0], "broker-3")
	brokers := func(n string) map[string]string {
		return map[string]string{
			"events/.spotguide/environment.yaml": strings.Replace(hours("48"), "resources:", "replicas: "+n+"\nresources:", 1),
			"events/.spotguide/monitor.yaml":     eventsMonitor, "events/.spotguide/sla.yaml": eventsSLA,
		}
	}
	k.commit("four brokers", brokers("4"))
	k.until("a fourth broker is ready", func(ctx context.Context) bool { return k.ready(ctx) == 4 })
	k.until("it is filled", func(ctx context.Context) bool { return k.held(ctx, 3) > 0 })
	k.more("records are acknowledged", 100)

	k.commit("three brokers", brokers("3"))
	k.until("it is taken away", func(ctx context.Context) bool {
		if k.ready(ctx) == 3 {
			return true
		}
		if held := k.held(ctx, 3); held > 0 && k.pods(ctx) < 4 {
			k.Fatalf("the broker goes and holds %d replicas", held)
		}
		return false
	})
	k.until("it is forgotten", func(ctx context.Context) bool {
		found, err := kadm.NewClient(k.client).BrokerMetadata(ctx)
		return err == nil && len(found.Brokers) == 3 && k.told(ctx, "OperationDone", "are forgotten")
	})
	for _, reason := range []string{"ScaleInHeld", "ScalesIn"} {
		if !k.told(k.Context(), reason, "events-broker-3") {
			k.Errorf("no Event %s", reason)
		}
	}
	k.more("records are acknowledged", 100)

	k.commit("two brokers", brokers("2"))
	k.until("that is refused", func(ctx context.Context) bool {
		return strings.Contains(k.message(ctx), "cannot leave: topic")
	})
	if n := k.ready(k.Context()); n != 3 {
		k.Errorf("%d brokers are left", n)
	}
	k.Log(k.message(k.Context()))
	k.commit("three brokers after all", brokers("3"))
	k.until("nothing is to leave any more", func(ctx context.Context) bool {
		return !strings.Contains(k.message(ctx), "stays at")
	})
}

// held is how many replicas are on a broker.
func (k *clients) held(ctx context.Context, broker int32) (count int) {
	k.Helper()
	topics, err := kadm.NewClient(k.client).ListTopicsWithInternal(ctx)
	if err != nil {
		return 0
	}
	topics.EachPartition(func(p kadm.PartitionDetail) {
		for _, id := range p.Replicas {
			if id == broker {
				count++
			}
		}
	})
	return count
}

// pods are how many brokers' pods there are.
func (k *clients) pods(ctx context.Context) (n int) {
	for name := range k.uids(ctx) {
		if strings.HasPrefix(name, "events-broker-") {
			n++
		}
	}
	return n
}

// told tells whether an Event of the namespace says so.
func (k *clients) told(ctx context.Context, reason, text string) bool {
	found, err := k.world.client.CoreV1().Events(namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return false
	}
	for _, e := range found.Items {
		if e.Reason == reason && strings.Contains(e.Message, text) {
			return true
		}
	}
	return false
}

// message is what the status says of the Kafka cluster.
func (k *clients) message(ctx context.Context) string {
	for _, a := range k.status(ctx).Applications {
		if a.Name == "events" {
			return a.Message
		}
	}
	return ""
}
