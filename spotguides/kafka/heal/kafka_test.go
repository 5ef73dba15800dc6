//go:build kafka

package heal_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/spotguide/spotguide/spotguides/kafka/admin"
	"github.com/spotguide/spotguide/spotguides/kafka/heal"
)

// keeperFile in the environment makes the test binary a Keeper that keeps what it
// has to find again in that file.
const (
	keeperFile  = "SPOTGUIDE_TEST_KEEPER"
	keeperSeeds = "SPOTGUIDE_TEST_SEEDS"
)

func TestMain(m *testing.M) {
	if file := os.Getenv(keeperFile); file != "" {
		if err := keep(file, strings.Split(os.Getenv(keeperSeeds), ",")); err != nil {
			panic(err)
		}
		return
	}
	os.Exit(m.Run())
}

func keep(file string, seeds []string) error {
	client, err := admin.Open(admin.Config{Seeds: seeds, Timeout: 4 * time.Second})
	if err != nil {
		return err
	}
	defer client.Close()
	var kept heal.Kept
	if text, err := os.ReadFile(file); err == nil {
		if err := json.Unmarshal(text, &kept); err != nil {
			return err
		}
	}
	k := heal.Keeper{
		Client: client, Every: 500 * time.Millisecond,
		Policy: heal.Policy{Gone: 5 * time.Second, Settle: 3 * time.Second, Imbalance: 1.3},
		Pace:   admin.Pace{Moves: 2, Rate: 1 << 20}, Limits: admin.Limits{MinMoves: 1, MaxMoves: 10, MinRate: 1 << 20, MaxRate: 20 << 20},
		Save: func(kept heal.Kept) error {
			text, err := json.Marshal(kept)
			if err == nil {
				err = os.WriteFile(file+".new", text, 0o600)
			}
			if err == nil {
				err = os.Rename(file+".new", file)
			}
			return err
		},
		Tell: func(message string) { fmt.Fprintln(os.Stderr, message) },
	}
	return k.Run(context.Background(), kept)
}

// A world is a real cluster, a keeper in a process of its own, and clients that
// write and read all the time.
type world struct {
	t      *testing.T
	dir    string
	seeds  []string
	client *admin.Client
	keeper *exec.Cmd
	log    strings.Builder
}

func (w *world) cluster(args ...string) string {
	w.t.Helper()
	out, err := exec.Command("../../../hack/kafka/cluster.sh", args...).Output()
	if err != nil {
		w.t.Fatalf("cluster.sh %v: %v", args, err)
	}
	return strings.TrimSpace(string(out))
}

func (w *world) until(what string, true func(admin.Observation) bool) time.Duration {
	w.t.Helper()
	start := time.Now()
	for {
		seen, err := w.client.Observe(w.t.Context())
		if err == nil && true(seen) {
			return time.Since(start).Round(100 * time.Millisecond)
		}
		if time.Since(start) > 10*time.Minute {
			w.t.Fatalf("not within ten minutes: %s: %v %+v\n%s", what, err, seen.Health(), w.log.String())
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func (w *world) startKeeper() {
	w.t.Helper()
	w.keeper = exec.Command(os.Args[0])
	w.keeper.Env = append(os.Environ(), keeperFile+"="+filepath.Join(w.dir, "keeper"), keeperSeeds+"="+strings.Join(w.seeds, ","))
	w.keeper.Stderr = &w.log
	if err := w.keeper.Start(); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) killKeeper() {
	_ = w.keeper.Process.Signal(syscall.SIGKILL)
	_ = w.keeper.Wait()
}

// traffic writes numbered records with acks=all, one after the other, and reads
// them in a group. end stops writing, waits until all is read, and tells which
// acknowledged ones were never read and which are there twice.
func (w *world) traffic(topic string) (end func() (written, lost, twice int)) {
	writer, err := kgo.NewClient(kgo.SeedBrokers(w.seeds...), kgo.RequiredAcks(kgo.AllISRAcks()), kgo.RecordPartitioner(kgo.RoundRobinPartitioner()),
		kgo.MetadataMinAge(100*time.Millisecond), kgo.RequestTimeoutOverhead(2*time.Second))
	if err != nil {
		w.t.Fatal(err)
	}
	reader, err := kgo.NewClient(kgo.SeedBrokers(w.seeds...), kgo.ConsumeTopics(topic), kgo.ConsumerGroup("reader"),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.MetadataMinAge(100*time.Millisecond),
		kgo.RequestTimeoutOverhead(2*time.Second), kgo.SessionTimeout(6*time.Second), kgo.HeartbeatInterval(time.Second), kgo.FetchMaxWait(500*time.Millisecond))
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, stop := context.WithCancel(w.t.Context())
	var acknowledged []uint64
	var writing, reading sync.WaitGroup
	writing.Go(func() {
		for n := uint64(0); ctx.Err() == nil; n++ {
			value := make([]byte, 1024)
			binary.BigEndian.PutUint64(value, n)
			if writer.ProduceSync(w.t.Context(), &kgo.Record{Topic: topic, Value: value}).FirstErr() == nil {
				acknowledged = append(acknowledged, n)
			}
		}
	})
	var mu sync.Mutex
	places := map[uint64]map[string]bool{} // a record read again, at its place, is no second one
	done, quit := context.WithCancel(w.t.Context())
	reading.Go(func() {
		for done.Err() == nil {
			fetches := reader.PollFetches(done)
			mu.Lock()
			fetches.EachRecord(func(r *kgo.Record) {
				n := binary.BigEndian.Uint64(r.Value)
				if places[n] == nil {
					places[n] = map[string]bool{}
				}
				places[n][fmt.Sprint(r.Partition, r.Offset)] = true
			})
			mu.Unlock()
		}
	})
	return func() (written, lost, twice int) {
		start := time.Now()
		stop()
		writing.Wait()
		w.t.Logf("the writer ended after %s", time.Since(start))
		w.until("all is read", func(admin.Observation) bool {
			mu.Lock()
			defer mu.Unlock()
			lost, twice = 0, 0
			for _, n := range acknowledged {
				switch len(places[n]) {
				case 0:
					lost++
				case 1:
				default:
					twice++
				}
			}
			return lost == 0
		})
		w.t.Logf("all is read after %s", time.Since(start))
		quit()
		reading.Wait()
		writer.Close()
		reader.Close()
		w.t.Logf("clients are closed after %s", time.Since(start))
		return len(acknowledged), lost, twice
	}
}

func whole(seen admin.Observation) bool {
	h := seen.Health()
	return len(h.Offline)+len(h.UnderMinimum)+len(h.UnderReplicated) == 0 && len(seen.Partitions) > 0 && seen.Quorum.Leader >= 0 &&
		!slices.ContainsFunc(seen.Partitions, admin.Partition.Reassigning)
}

func holding(seen admin.Observation, broker int32) (n int) {
	for _, p := range seen.Partitions {
		if slices.Contains(p.Replicas, broker) {
			n++
		}
	}
	return n
}

// fenced tells whether a broker serves nobody.
func fenced(broker int32) func(admin.Observation) bool {
	return func(seen admin.Observation) bool {
		return slices.ContainsFunc(seen.Brokers, func(b admin.Broker) bool { return b.ID == broker && b.Fenced })
	}
}

func TestFaultsKafka(t *testing.T) {
	w := &world{t: t, dir: t.TempDir()}
	t.Setenv("KAFKA_DIR", w.dir)
	t.Setenv("KAFKA_PORT", "19490")
	t.Cleanup(func() { w.cluster("down") })
	w.seeds = strings.Split(w.cluster("up"), ",")
	var err error
	if w.client, err = admin.Open(admin.Config{Seeds: w.seeds, Timeout: 4 * time.Second}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.client.Close)
	w.until("four brokers", func(seen admin.Observation) bool { return len(seen.Brokers) == 4 })
	w.fill("orders", 24, 1200)
	w.startKeeper()
	defer func() { w.killKeeper() }()
	end := w.traffic("orders")

	t.Run("a broker and the keeper are killed", w.broker)
	t.Run("a disk is wiped", w.disk)
	t.Run("the controller is killed", w.controller)

	w.t = t
	written, lost, twice := end()
	t.Logf("%d records acknowledged, %d lost, %d twice", written, lost, twice)
	if lost+twice > 0 || written < 100 {
		t.Errorf("%d records acknowledged, %d lost, %d twice", written, lost, twice)
	}
	t.Log(w.log.String())
}

// fill makes a topic and writes records of ten kilobytes that are none of the
// traffic's.
func (w *world) fill(topic string, partitions int32, records int) {
	client, err := kgo.NewClient(kgo.SeedBrokers(w.seeds...), kgo.RecordPartitioner(kgo.RoundRobinPartitioner()), kgo.ProducerBatchCompression(kgo.NoCompression()))
	if err != nil {
		w.t.Fatal(err)
	}
	defer client.Close()
	two := "2"
	if _, err := kadm.NewClient(client).CreateTopic(w.t.Context(), partitions, 3, map[string]*string{"min.insync.replicas": &two}, topic); err != nil {
		w.t.Fatal(err)
	}
	for i := range records {
		value := make([]byte, 10<<10)
		binary.BigEndian.PutUint64(value, uint64(1)<<63|uint64(i))
		client.Produce(w.t.Context(), &kgo.Record{Topic: topic, Value: value}, nil)
	}
	if err := client.Flush(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// The broker is gone for longer than the policy allows; whoever makes its
// replicas anew is killed in the middle. When the broker comes back, it is filled.
func (w *world) broker(t *testing.T) {
	w.t = t
	start := time.Now()
	w.cluster("kill", "4")
	detected := w.until("the broker is seen to be gone", fenced(4))
	w.until("replicas are made anew", func(seen admin.Observation) bool {
		return slices.ContainsFunc(seen.Partitions, admin.Partition.Reassigning)
	})
	w.killKeeper()
	seen, err := w.client.Observe(t.Context())
	if err != nil || holding(seen, 4) == 0 {
		t.Errorf("the keeper was not killed in the middle: %v", err)
	}
	w.startKeeper()
	w.until("all replicas are there again", func(seen admin.Observation) bool { return whole(seen) && holding(seen, 4) == 0 })
	repaired := time.Since(start)
	w.cluster("start", "4")
	back := time.Now()
	w.until("the broker is filled again", func(seen admin.Observation) bool { return whole(seen) && holding(seen, 4) >= 10 })
	t.Logf("seen after %s, whole again after %s, filled %s after it came back", detected, repaired.Round(time.Second/10), time.Since(back).Round(time.Second/10))
}

// A broker comes back with an empty disk.
func (w *world) disk(t *testing.T) {
	w.t = t
	w.cluster("wipe", "2")
	w.until("the broker is seen to be gone", fenced(2))
	back := time.Now()
	w.cluster("start", "2")
	w.until("all replicas are there again", whole)
	t.Logf("whole %s after it came back", time.Since(back).Round(time.Second/10))
}

// The only controller goes, and comes back: clients go on meanwhile.
func (w *world) controller(t *testing.T) {
	w.t = t
	w.cluster("kill", "100")
	start := time.Now()
	w.cluster("start", "100")
	w.until("there is a controller", whole)
	t.Logf("whole %s after the controller was killed", time.Since(start).Round(time.Second/10))
}
