//go:build e2e && kafka

package e2e

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/scram"
	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/spotguide/spotguide/agent/status"
)

const events = `apiVersion: spotguide.dev/v1
kind: Application
guide: kafka
components:
- {name: broker, image: "apache/kafka:test"}
- {name: controller, image: "apache/kafka:test"}
`

const eventsEnvironment = `apiVersion: spotguide.dev/v1
kind: Environment
resources:
  broker: {requests: {cpu: 50m, memory: 400Mi}}
  controller: {requests: {cpu: 50m, memory: 256Mi}}
values:
  authentication: scram
  spread: required
  storage: {size: 1Gi, class: local}
  controllerStorage: {size: 1Gi, class: local}
  jvmOptions: [-XX:TieredStopAtLevel=1, -XX:+UseSerialGC]
  config: {log.retention.hours: HOURS}
  controllerConfig: {socket.request.max.bytes: HOURS000000}
`

// TestKafkaGuide: a pushed repository becomes three controllers and three brokers in
// three zones, to which clients log in. No record that was acknowledged is lost when a
// broker is killed, when a push changes settings, which restarts all nodes, and when
// brokers are added and taken away. Who is behind as a consumer gets more replicas.
func TestKafkaGuide(t *testing.T) {
	w := newWorldOf(t, 3)
	w.cluster("load-image", kafkaImage(t))
	w.zones()
	w.install()
	w.must(w.git.Create(t.Context(), "shop"))
	w.commit("first", map[string]string{
		"events/.spotguide/application.yaml": events, "events/.spotguide/environment.yaml": hours("72"),
	})
	w.follow()
	w.until("all brokers are ready", func(ctx context.Context) bool { return w.ready(ctx) == 3 })
	w.until("the application is healthy", func(ctx context.Context) bool { return w.status(ctx).Phase == status.Healthy })

	k := w.kafka()
	racks := map[string]bool{}
	brokers, err := kadm.NewClient(k.client).ListBrokers(t.Context())
	w.must(err)
	for _, b := range brokers {
		if b.Rack != nil {
			racks[*b.Rack] = true
		}
	}
	if len(brokers) != 3 || len(racks) != 3 {
		t.Errorf("%d brokers in the racks %v, want 3 in 3", len(brokers), racks)
	}
	stop := k.produce()
	k.more("records are acknowledged", 200)

	old := w.uid(t.Context(), "events-broker-0")
	w.must(w.client.CoreV1().Pods(namespace).Delete(t.Context(), "events-broker-0", metav1.DeleteOptions{GracePeriodSeconds: new(int64(0))}))
	k.more("records are acknowledged while a broker is gone", 200)
	w.until("the killed broker is ready", func(ctx context.Context) bool {
		return w.ready(ctx) == 3 && w.uid(ctx, "events-broker-0") != old
	})

	before := w.uids(t.Context())
	w.commit("second", map[string]string{"events/.spotguide/environment.yaml": hours("48")})
	w.until("every node has restarted", func(ctx context.Context) bool {
		now := w.uids(ctx)
		for name, uid := range before {
			if now[name] == "" || now[name] == uid {
				return false
			}
		}
		return w.ready(ctx) == 3 && w.readyOf(ctx, "controller") == 3
	})
	k.more("records are acknowledged after it", 200)
	w.maySoonStop("events-controller-1")
	k.lags()
	k.scales()
	stop()
	for _, b := range brokers {
		if got := k.setting(b.NodeID, "log.retention.hours"); got != "48" {
			t.Errorf("broker %d has log.retention.hours %s, want 48", b.NodeID, got)
		}
	}
	k.nothingLost()
	w.until("the application is healthy", func(ctx context.Context) bool { return w.status(ctx).Phase == status.Healthy })
	w.nothingForbidden()
}

func hours(n string) string { return strings.ReplaceAll(eventsEnvironment, "HOURS", n) }

// zones gives each node a zone and two volumes, which pods are scheduled by.
func (w *world) zones() {
	w.Helper()
	late := storagev1.VolumeBindingWaitForFirstConsumer
	_, err := w.client.StorageV1().StorageClasses().Create(w.Context(), &storagev1.StorageClass{
		ObjectMeta: metav1.ObjectMeta{Name: "local"}, Provisioner: "kubernetes.io/no-provisioner", VolumeBindingMode: &late,
	}, metav1.CreateOptions{})
	w.must(err)
	nodes, err := w.client.CoreV1().Nodes().List(w.Context(), metav1.ListOptions{})
	w.must(err)
	for i, node := range nodes.Items {
		patch := fmt.Sprintf(`{"metadata":{"labels":{%q:"zone-%d"}}}`, corev1.LabelTopologyZone, i)
		_, err := w.client.CoreV1().Nodes().Patch(w.Context(), node.Name, types.MergePatchType, []byte(patch), metav1.PatchOptions{})
		w.must(err)
		for _, use := range []string{"broker", "controller"} {
			w.volumeOn(node, fmt.Sprintf("%s-%d", use, i))
		}
	}
}

// ready is the number of brokers that are.
func (w *world) ready(ctx context.Context) int32 { return w.readyOf(ctx, "broker") }

func (w *world) readyOf(ctx context.Context, role string) int32 {
	s, err := w.client.AppsV1().StatefulSets(namespace).Get(ctx, "events-"+role, metav1.GetOptions{})
	if err != nil || s.Status.ObservedGeneration != s.Generation {
		return 0
	}
	return s.Status.ReadyReplicas
}

// maySoonStop demands that a controller of a whole quorum need not wait before it
// stops until its patience of a minute is over.
func (w *world) maySoonStop(pod string) {
	w.Helper()
	began := time.Now()
	w.kubectl("", "exec", "-n", namespace, pod, "--", "sh", "/etc/kafka/node/stop.sh")
	if took := time.Since(began); took > 55*time.Second {
		w.Errorf("%s waits %s before it stops", pod, took)
	}
}

// uids are those of the nodes' pods by name.
func (w *world) uids(ctx context.Context) map[string]types.UID {
	found := map[string]types.UID{}
	pods, err := w.client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: "app.kubernetes.io/component in (broker,controller)"})
	if err != nil {
		return nil
	}
	for _, p := range pods.Items {
		found[p.Name] = p.UID
	}
	return found
}

func (w *world) uid(ctx context.Context, pod string) types.UID { return w.uids(ctx)[pod] }

// clients write to a topic of the cluster and read all of it.
type clients struct {
	*world
	client *kgo.Client
	mu     sync.Mutex
	acked  []string
}

const topic = "orders"

// kafka logs in as the Secret says, and makes the topic.
func (w *world) kafka() *clients {
	w.Helper()
	secret, err := w.client.CoreV1().Secrets(namespace).Get(w.Context(), "events-admin", metav1.GetOptions{})
	w.must(err)
	login := scram.Auth{User: string(secret.Data["username"]), Pass: string(secret.Data["password"])}
	client, err := kgo.NewClient(
		kgo.SeedBrokers("events-broker-0.events-brokers:9092", "events-broker-1.events-brokers:9092", "events-broker-2.events-brokers:9092"),
		kgo.Dialer(w.dial), kgo.SASL(login.AsSha512Mechanism()), kgo.RequiredAcks(kgo.AllISRAcks()),
		kgo.RecordPartitioner(kgo.RoundRobinPartitioner()), kgo.MetadataMinAge(100*time.Millisecond), kgo.RequestTimeoutOverhead(2*time.Second),
		kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	w.must(err)
	w.Cleanup(client.Close)
	_, err = kadm.NewClient(client).CreateTopic(w.Context(), 6, -1, nil, topic)
	w.must(err)
	return &clients{world: w, client: client}
}

// dial finds a broker's pod by its name, as the cluster's DNS does.
func (w *world) dial(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	pod, _, _ := strings.Cut(host, ".")
	p, err := w.client.CoreV1().Pods(namespace).Get(ctx, pod, metav1.GetOptions{})
	if err != nil {
		return nil, err
	}
	return (&net.Dialer{Timeout: 2 * time.Second}).DialContext(ctx, network, net.JoinHostPort(p.Status.PodIP, port))
}

// produce writes records, one after another, until the function that it returns is
// called.
func (k *clients) produce() (stop func()) {
	ctx, cancel := context.WithCancel(k.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for n := 0; ctx.Err() == nil; n++ {
			value := fmt.Sprintf("record %d", n)
			if k.client.ProduceSync(ctx, &kgo.Record{Topic: topic, Value: []byte(value)}).FirstErr() == nil {
				k.mu.Lock()
				k.acked = append(k.acked, value)
				k.mu.Unlock()
			}
		}
	}()
	return func() { cancel(); <-ended }
}

// more waits for so many more acknowledgements.
func (k *clients) more(what string, n int) {
	k.Helper()
	start := k.count()
	k.until(what, func(context.Context) bool { return k.count() >= start+n })
}

func (k *clients) count() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.acked)
}

// setting is what a broker has for a key of its configuration.
func (k *clients) setting(broker int32, key string) string {
	k.Helper()
	found, err := kadm.NewClient(k.client).DescribeBrokerConfigs(k.Context(), broker)
	k.must(err)
	for _, resource := range found {
		for _, c := range resource.Configs {
			if c.Key == key {
				return c.MaybeValue()
			}
		}
	}
	return ""
}

// nothingLost reads the topic from its beginning to its end.
func (k *clients) nothingLost() {
	k.Helper()
	seen := map[string]int{}
	missing := map[string]bool{}
	for _, value := range k.acked {
		missing[value] = true
	}
	ctx, cancel := context.WithTimeout(k.Context(), time.Minute)
	defer cancel()
	for len(missing) > 0 && ctx.Err() == nil {
		k.client.PollFetches(ctx).EachRecord(func(r *kgo.Record) {
			seen[string(r.Value)]++
			delete(missing, string(r.Value))
		})
	}
	var twice int
	for _, n := range seen {
		if n > 1 {
			twice++
		}
	}
	if len(missing) > 0 || twice > 0 {
		k.Errorf("of %d acknowledged records %d are lost; %d are there twice", len(k.acked), len(missing), twice)
	}
	k.Logf("%d records acknowledged, %d read", len(k.acked), len(seen))
}
