//go:build kafka

package heal_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spotguide/spotguide/spotguides/guide"
	"github.com/spotguide/spotguide/spotguides/kafka/admin"
	"github.com/spotguide/spotguide/spotguides/kafka/heal"
)

// desk is where an operation's books are, whoever carries it out.
type desk struct {
	t     *testing.T
	w     *world
	mu    sync.Mutex
	books map[string][]byte
	told  string
}

func (d *desk) operator(operation string, resumed, approved bool) heal.Operator {
	d.mu.Lock()
	defer d.mu.Unlock()
	return heal.Operator{Client: d.w.client, Moves: 2, Rate: 1 << 20, Portion: 10, Operated: guide.Operated{
		Operation: operation, Resumed: resumed, Approved: approved, Books: maps.Clone(d.books),
		Write: func(_ context.Context, books map[string][]byte) error {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.books = books
			return nil
		},
		Tell: func(text string) {
			d.mu.Lock()
			defer d.mu.Unlock()
			d.told = text
		},
	}}
}

func (d *desk) do(op heal.Operator) {
	d.t.Helper()
	ctx, stop := context.WithTimeout(d.t.Context(), 10*time.Minute)
	defer stop()
	start := time.Now()
	done, err := op.Operate(ctx)
	if err != nil {
		d.t.Fatalf("%s: %v, %s", op.Operation, err, d.told)
	}
	d.t.Logf("%s: %s, after %s", op.Operation, done, time.Since(start).Round(time.Second/10))
}

func moving(seen admin.Observation) bool {
	return slices.ContainsFunc(seen.Partitions, admin.Partition.Reassigning)
}

// TestOperationsKafka are carried out, stopped in the middle and taken up again,
// cancelled, and proposed, while clients write and read.
func TestOperationsKafka(t *testing.T) {
	w := &world{t: t, dir: t.TempDir()}
	t.Setenv("KAFKA_DIR", w.dir)
	t.Setenv("KAFKA_PORT", "19590")
	t.Cleanup(func() { w.cluster("down") })
	w.seeds = strings.Split(w.cluster("up"), ",")
	var err error
	if w.client, err = admin.Open(admin.Config{Seeds: w.seeds, Timeout: 4 * time.Second}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.client.Close)
	w.until("four brokers", func(seen admin.Observation) bool { return len(seen.Brokers) == 4 })
	w.fill("orders", 24, 1200)
	end := w.traffic("orders")
	d := &desk{t: t, w: w}

	w.cluster("kill", "4")
	w.until("the broker is gone", fenced(4))
	w.interrupted(d, heal.Repair, nil)
	d.do(d.operator(heal.Repair, true, false))
	w.until("repaired", func(seen admin.Observation) bool { return whole(seen) && holding(seen, 4) == 0 })
	d.do(d.operator(heal.Forget, false, false))
	w.until("forgotten", func(seen admin.Observation) bool { return len(seen.Brokers) == 3 })

	w.cluster("start", "4")
	w.until("it is back", func(seen admin.Observation) bool { return len(seen.Brokers) == 4 && !fenced(4)(seen) })
	w.interrupted(d, heal.Fill, guide.ErrCancelled)
	w.until("cancelled", func(seen admin.Observation) bool { return whole(seen) })
	d.do(d.operator(heal.Fill, false, false))
	d.do(d.operator(heal.Rebalance, false, false))

	drain := d.operator(heal.Drain, false, false)
	drain.Leaving = []int32{4}
	proposed, err := drain.Propose(t.Context())
	if err != nil || !strings.Contains(proposed, "partitions change") || !strings.Contains(string(d.books["reassignment.json"]), `"orders"`) ||
		!strings.Contains(string(d.books["rollback.json"]), "4") {
		t.Fatalf("%q %v %s", proposed, err, d.books["rollback.json"])
	}
	if seen, err := w.client.Observe(t.Context()); err != nil || moving(seen) {
		t.Errorf("a proposal moves something: %v", err)
	}
	drain = d.operator(heal.Drain, false, false)
	drain.Leaving, drain.Portion = []int32{4}, 0
	d.do(drain)
	if seen, err := w.client.Observe(t.Context()); err != nil || holding(seen, 4) > 0 {
		t.Errorf("drained, and it holds %d: %v", holding(seen, 4), err)
	}
	stale := d.operator(heal.Drain, false, true)
	stale.Leaving = []int32{4}
	d.do(stale) // what was approved of has been done already
	drain.Leaving = []int32{3, 4}
	if _, err := drain.Operate(t.Context()); err == nil || !strings.Contains(err.Error(), "cannot leave: topic") {
		t.Errorf("two brokers for three replicas: %v", err)
	}
	written, lost, twice := end()
	t.Logf("%d records acknowledged, %d lost, %d twice", written, lost, twice)
	if lost+twice > 0 || written < 100 {
		t.Errorf("%d records acknowledged, %d lost, %d twice", written, lost, twice)
	}
}

// interrupted begins an operation and ends it in the middle.
func (w *world) interrupted(d *desk, operation string, why error) {
	w.t.Helper()
	ctx, stop := context.WithCancelCause(w.t.Context())
	var operating sync.WaitGroup
	operating.Go(func() {
		if _, err := d.operator(operation, false, false).Operate(ctx); err == nil || why != nil && !errors.Is(err, why) {
			w.t.Errorf("%s interrupted: %v", operation, err)
		}
	})
	var begun []admin.Partition
	w.until(operation+" moves something", func(seen admin.Observation) bool {
		begun = slices.DeleteFunc(seen.Partitions, func(p admin.Partition) bool { return !p.Reassigning() })
		return len(begun) > 0
	})
	stop(why)
	operating.Wait()
	seen, err := w.client.Observe(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	if why != nil && moving(seen) {
		w.t.Errorf("%s cancelled: moves go on", operation)
	}
	for _, p := range seen.Partitions {
		i := slices.IndexFunc(begun, func(b admin.Partition) bool { return b.ID == p.ID })
		if why != nil || i < 0 || p.Reassigning() {
			continue
		}
		// A move that is left alone may have come to its end.
		if slices.ContainsFunc(begun[i].Removing, func(b int32) bool { return slices.Contains(p.Replicas, b) }) {
			w.t.Errorf("%s interrupted: the move of %v was taken back", operation, p.ID)
		}
	}
}
