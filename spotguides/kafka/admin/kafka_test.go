//go:build kafka

package admin_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/spotguide/spotguide/spotguides/kafka/admin"
	"github.com/spotguide/spotguide/spotguides/kafka/plan"
)

// A world is a real cluster of four brokers in three racks, and clients of it.
type world struct {
	t      *testing.T
	seeds  []string
	dir    string
	client *admin.Client
	kgo    *kgo.Client
	kadm   *kadm.Client
	runs   int // of produce
}

const script = "../../../hack/kafka/cluster.sh"

func newWorld(t *testing.T) *world {
	w := &world{t: t, dir: t.TempDir()}
	t.Setenv("KAFKA_DIR", w.dir)
	t.Setenv("KAFKA_PORT", "19290")
	t.Cleanup(func() { w.cluster("down") })
	w.seeds = strings.Split(strings.TrimSpace(w.cluster("up")), ",")
	var err error
	if w.client, err = admin.Open(admin.Config{Seeds: w.seeds, Timeout: 5 * time.Second}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.client.Close)
	if w.kgo, err = kgo.NewClient(kgo.SeedBrokers(w.seeds...), kgo.MetadataMinAge(100*time.Millisecond),
		kgo.RecordPartitioner(kgo.RoundRobinPartitioner())); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.kgo.Close)
	w.kadm = kadm.NewClient(w.kgo)
	w.until("four brokers", func() bool {
		seen, err := w.client.Observe(t.Context())
		return err == nil && len(seen.Brokers) == 4 && !slices.ContainsFunc(seen.Brokers, func(b admin.Broker) bool { return b.Fenced })
	})
	return w
}

func (w *world) cluster(args ...string) string {
	w.t.Helper()
	out, err := exec.Command(script, args...).Output()
	if err != nil {
		w.t.Fatalf("%s %v: %v", script, args, err)
	}
	return string(out)
}

// until waits for what the cluster does in its own time.
func (w *world) until(what string, true func() bool) {
	w.t.Helper()
	for start := time.Now(); !true(); time.Sleep(100 * time.Millisecond) {
		if time.Since(start) > 10*time.Minute {
			w.t.Fatalf("not within ten minutes: %s", what)
		}
	}
}

func (w *world) signal(node int, s syscall.Signal) {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join(w.dir, strconv.Itoa(node), "pid"))
	if err != nil {
		w.t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err == nil {
		err = syscall.Kill(pid, s)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) observe() admin.Observation {
	w.t.Helper()
	seen, err := w.client.Observe(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return seen
}

func (w *world) plan(k admin.Knowledge, r plan.Request) plan.Plan {
	w.t.Helper()
	if k.Capacity == nil { // the brokers share one volume
		k.Capacity = map[int32]int64{1: 1 << 40, 2: 1 << 40, 3: 1 << 40, 4: 1 << 40}
	}
	p, err := plan.Make(w.observe().Model(k), r)
	if err != nil || len(p.Problems) > 0 {
		w.t.Fatal(err, p.Problems)
	}
	return p
}

// carryOut steps through a plan, keeping and taking up its state as JSON.
func (w *world) carryOut(s admin.State) admin.State {
	w.t.Helper()
	w.until("the plan is carried out", func() bool {
		next, err := w.client.Step(w.t.Context(), s)
		if err != nil {
			w.t.Logf("step: %v", err)
		}
		kept, err := json.Marshal(next)
		if err != nil {
			w.t.Fatal(err)
		}
		s = admin.State{}
		if err := json.Unmarshal(kept, &s); err != nil {
			w.t.Fatal(err)
		}
		return s.Finished()
	})
	if len(s.Skipped) > 0 {
		w.t.Errorf("skipped: %v", s.Skipped)
	}
	return s
}

func (w *world) holds(broker int32) (count int) {
	for _, p := range w.observe().Partitions {
		if slices.Contains(p.Replicas, broker) {
			count++
		}
	}
	return count
}

// throttles are the settings that throttle replication, of all topics and
// brokers.
func (w *world) throttles() (found []string) {
	topics, err := w.kadm.ListTopics(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	configs, err := w.kadm.DescribeTopicConfigs(w.t.Context(), topics.Names()...)
	if err != nil {
		w.t.Fatal(err)
	}
	brokers, err := w.kadm.DescribeBrokerConfigs(w.t.Context(), 1, 2, 3)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, c := range append(configs, brokers...) {
		for _, setting := range c.Configs {
			if strings.Contains(setting.Key, "replication.throttled") && setting.MaybeValue() != "" && setting.MaybeValue() != "9223372036854775807" {
				found = append(found, c.Name+" "+setting.Key+"="+setting.MaybeValue())
			}
		}
	}
	return found
}

// produce writes records with all acknowledgements until ended, a hundred at
// least, and returns how many were acknowledged.
func (w *world) produce(topic string) (end func() int) {
	ctx, cancel := context.WithCancel(w.t.Context())
	acknowledged := make(chan int)
	w.runs++
	run := w.runs
	go func() {
		n := 0
		for ctx.Err() == nil || n < 100 {
			record := &kgo.Record{Topic: topic, Value: []byte(fmt.Sprintf("%02d%08d%01000d", run, n, 0))}
			if err := w.kgo.ProduceSync(context.WithoutCancel(ctx), record).FirstErr(); err == nil {
				n++
			}
		}
		acknowledged <- n
	}()
	return func() int {
		cancel()
		return <-acknowledged
	}
}

// consumed counts the distinct records of a topic that were produced last.
func (w *world) consumed(topic string, want int) int {
	w.t.Helper()
	reader, err := kgo.NewClient(kgo.SeedBrokers(w.seeds...), kgo.ConsumeTopics(topic), kgo.ConsumerGroup("reader-"+topic),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		w.t.Fatal(err)
	}
	defer reader.Close()
	seen, run := map[string]bool{}, fmt.Sprintf("%02d", w.runs)
	w.until("every record is read", func() bool {
		ctx, cancel := context.WithTimeout(w.t.Context(), time.Second)
		defer cancel()
		reader.PollFetches(ctx).EachRecord(func(r *kgo.Record) {
			if id := string(r.Value[:10]); strings.HasPrefix(id, run) {
				seen[id] = true
			}
		})
		return len(seen) >= want
	})
	if err := reader.CommitUncommittedOffsets(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	return len(seen)
}

func (w *world) topic(name string, partitions int32, factor int16) {
	w.t.Helper()
	two := "2"
	if _, err := w.kadm.CreateTopic(w.t.Context(), partitions, factor, map[string]*string{"min.insync.replicas": &two}, name); err != nil {
		w.t.Fatal(err)
	}
}

func TestARealCluster(t *testing.T) {
	w := newWorld(t)
	w.topic("orders", 24, 3)
	w.topic("bills", 6, 2)
	t.Run("observed", w.observed)
	t.Run("drained and filled again under load", w.drained)
	t.Run("cancelled in the middle", w.cancelled)
	t.Run("with throttles of somebody else", w.throttled)
	t.Run("resumed after a SIGKILL", w.resumed)
	t.Run("repaired after a broker was killed", w.repaired)
	t.Run("a broker that does not answer", w.silent)
	t.Run("another cluster", w.another)
	t.Run("let in and not", w.letIn)
}

func (w *world) observed(t *testing.T) {
	w.t = t
	end := w.produce("bills")
	if n := end(); w.consumed("bills", n) < n {
		t.Errorf("not all of %d records", n)
	}
	seen := w.observe()
	racks := ""
	for _, b := range seen.Brokers {
		racks += fmt.Sprintf("%d=%s/%d ", b.ID, b.Rack, len(b.Dirs))
		if len(b.Dirs) == 1 && (b.Dirs[0].Total <= 0 || b.Dirs[0].Err != nil) {
			t.Errorf("broker %d: %+v", b.ID, b.Dirs)
		}
	}
	if racks != "1=zone-1/1 2=zone-2/1 3=zone-0/1 4=zone-1/1 " || len(seen.Problems) > 0 {
		t.Error(racks, seen.Problems)
	}
	if seen.Quorum.Leader != 100 || len(seen.Quorum.Voters) != 1 || seen.ClusterID == "" {
		t.Errorf("%+v of %q", seen.Quorum, seen.ClusterID)
	}
	i := slices.IndexFunc(seen.Partitions, func(p admin.Partition) bool { return p.Topic == "bills" })
	if p := seen.Partitions[i]; p.Size == 0 || p.MinInSync != 2 || len(p.Replicas) != 2 || len(p.InSync) != 2 {
		t.Errorf("%+v", p)
	}
	if h := seen.Health(); len(h.Offline)+len(h.UnderMinimum)+len(h.UnderReplicated) > 0 {
		t.Errorf("%+v", h)
	}
	groups, err := w.client.Groups(t.Context())
	if err != nil || len(groups) != 1 || groups[0].Name != "reader-bills" || groups[0].Total() != 0 || len(groups[0].Lag) != 6 {
		t.Errorf("%v %+v", err, groups)
	}
}

func (w *world) drained(t *testing.T) {
	w.t = t
	end := w.produce("orders")
	p := w.plan(admin.Knowledge{Draining: []int32{4}}, plan.Request{Operation: plan.Drain})
	if p.Cost.Replicas == 0 || p.Cost.Replicas != w.holds(4) {
		t.Errorf("%+v, and broker 4 holds %d", p.Cost, w.holds(4))
	}
	w.carryOut(admin.NewState(p, admin.Pace{Moves: 4, Rate: 20 << 20}))
	if n := w.holds(4); n > 0 {
		t.Errorf("broker 4 still holds %d", n)
	}
	w.until("no throttle is left", func() bool { return len(w.throttles()) == 0 })
	w.carryOut(admin.NewState(w.plan(admin.Knowledge{New: []int32{4}}, plan.Request{Operation: plan.Add}), admin.Pace{Moves: 4}))
	if n := w.holds(4); n == 0 {
		t.Error("broker 4 was not filled")
	}
	w.carryOut(admin.NewState(w.plan(admin.Knowledge{}, plan.Request{Operation: plan.Rebalance}), admin.Pace{Moves: 4}))
	n := end()
	if got := w.consumed("orders", n); got < n {
		t.Errorf("%d of %d records", got, n)
	}
	t.Logf("%d records acknowledged, all read", n)
	again := w.plan(admin.Knowledge{}, plan.Request{Operation: plan.Lead})
	for _, partition := range w.observe().Partitions {
		if partition.Leader != partition.Replicas[0] && !slices.Contains(again.Elections, partition.ID) {
			t.Errorf("%+v is not led by the first", partition)
		}
	}
}

func (w *world) cancelled(t *testing.T) {
	w.t = t
	before := w.observe()
	p := w.plan(admin.Knowledge{Draining: []int32{4}}, plan.Request{Operation: plan.Drain})
	s, err := admin.NewState(p, admin.Pace{Moves: 100, Rate: 1}), error(nil)
	for s.Underway == 0 {
		if s, err = w.client.Step(t.Context(), s); err != nil || s.Finished() {
			t.Fatal(err, s)
		}
	}
	w.until("throttled copies", func() bool { return len(w.throttles()) > 0 })
	if s, err = w.client.Cancel(t.Context(), s); err != nil || s.Phase != admin.Cancelled {
		t.Fatal(err, s)
	}
	w.until("nothing under way", func() bool {
		return !slices.ContainsFunc(w.observe().Partitions, admin.Partition.Reassigning)
	})
	w.until("no throttle is left", func() bool { return len(w.throttles()) == 0 })
	// Batches of which nothing was copied yet are as they were, the others are
	// put back.
	back, err := plan.Follow(w.observe().Model(admin.Knowledge{}), p.Rollback(), plan.Options{}, true)
	if err != nil {
		t.Fatal(err)
	}
	w.carryOut(admin.NewState(back, admin.Pace{Moves: 100}))
	for i, partition := range w.observe().Partitions {
		if was := before.Partitions[i].Replicas; !slices.Equal(partition.Replicas, was) {
			t.Errorf("%v is on %v, was on %v", partition.ID, partition.Replicas, was)
		}
	}
}

func (w *world) repaired(t *testing.T) {
	w.t = t
	if err := w.client.Unregister(t.Context(), 4); err == nil || !strings.Contains(err.Error(), "broker 4: it is alive") {
		t.Errorf("unregistered a living broker: %v", err)
	}
	w.cluster("kill", "4")
	start := time.Now()
	w.until("broker 4 is fenced", func() bool {
		seen := w.observe()
		return slices.ContainsFunc(seen.Brokers, func(b admin.Broker) bool { return b.ID == 4 && b.Fenced })
	})
	t.Logf("fenced after %s", time.Since(start))
	w.carryOut(admin.NewState(w.plan(admin.Knowledge{}, plan.Request{Operation: plan.Repair}), admin.Pace{Moves: 10}))
	t.Logf("repaired after %s", time.Since(start))
	if h := w.observe().Health(); len(h.Offline)+len(h.UnderMinimum)+len(h.UnderReplicated) > 0 || w.holds(4) > 0 {
		t.Errorf("%+v, broker 4 holds %d", h, w.holds(4))
	}
	if err := w.client.Unregister(t.Context(), 4); err != nil {
		t.Error(err)
	}
	w.until("broker 4 is forgotten", func() bool { return len(w.observe().Brokers) == 3 })
}

func (w *world) silent(t *testing.T) {
	w.t = t
	w.signal(3, syscall.SIGSTOP)
	defer w.signal(3, syscall.SIGCONT)
	quick, err := admin.Open(admin.Config{Seeds: w.seeds[:2], Timeout: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer quick.Close()
	start := time.Now()
	seen, err := quick.Observe(t.Context())
	if err != nil || time.Since(start) > 10*time.Second {
		t.Fatalf("after %s: %v", time.Since(start), err)
	}
	t.Logf("observed after %s", time.Since(start))
	told := errors.Join(seen.Problems...)
	fenced := slices.ContainsFunc(seen.Brokers, func(b admin.Broker) bool { return b.ID == 3 && b.Fenced })
	if !fenced && (told == nil || !strings.Contains(told.Error(), "broker 3 (127.0.0.1:")) {
		t.Errorf("problems: %v", told)
	}
	t.Log(told)
}

func (w *world) another(t *testing.T) {
	w.t = t
	other, err := admin.Open(admin.Config{Seeds: w.seeds[:2], ClusterID: "another"})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	var wrong *admin.WrongClusterError
	if _, err := other.Observe(t.Context()); !errors.As(err, &wrong) {
		t.Errorf("got %v", err)
	}
	nobody, err := admin.Open(admin.Config{Seeds: []string{"127.0.0.1:1"}, Timeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer nobody.Close()
	if _, err := nobody.Observe(t.Context()); err == nil || !strings.Contains(err.Error(), "127.0.0.1:1") {
		t.Errorf("got %v", err)
	}
}
