package plan_test

import (
	"slices"
	"testing"

	"github.com/spotguide/spotguide/spotguides/kafka/plan"
)

func TestBatchesKeepTheirBounds(t *testing.T) {
	c := withState(generate(shape{brokers: 30, racks: 3, partitions: 3000, factor: 3, seed: 3}), plan.Draining, 1, 2)
	bounds := plan.Bounds{PerBroker: 3, BytesPerBroker: 8 << 30, PerBatch: 20}
	p, err := plan.Make(c, plan.Request{Operation: plan.Drain, Options: plan.Options{Bounds: bounds}})
	if err != nil {
		t.Fatal(err)
	}
	for i, batch := range p.Batches {
		moves, bytes := map[int32]int{}, map[int32]int64{}
		for _, m := range batch.Moves {
			for _, id := range append(m.Adding(), m.Source) {
				moves[id]++
				bytes[id] += m.Bytes
			}
		}
		if len(batch.Moves) > bounds.PerBatch {
			t.Errorf("batch %d has %d moves", i, len(batch.Moves))
		}
		for id, n := range moves {
			if n > bounds.PerBroker || bytes[id] > bounds.BytesPerBroker && n > 1 {
				t.Errorf("batch %d: broker %d has %d moves of %d bytes", i, id, n, bytes[id])
			}
		}
	}
	// What the busiest broker has to do is done without a pause: nothing is
	// faster with these bounds.
	work := map[int32]int{}
	for _, batch := range p.Batches {
		for _, m := range batch.Moves {
			for _, id := range append(m.Adding(), m.Source) {
				work[id]++
			}
		}
	}
	least := p.Cost.Partitions / bounds.PerBatch
	for _, n := range work {
		least = max(least, n/bounds.PerBroker)
	}
	if len(p.Batches) > least*13/10+1 {
		t.Errorf("%d batches, %d would do", len(p.Batches), least)
	}
}

func TestWhatIsNearestToLossGoesFirst(t *testing.T) {
	c := plan.Cluster{}
	for id := range int32(6) {
		c.Brokers = append(c.Brokers, plan.Broker{ID: id, State: plan.Alive})
	}
	c.Brokers[0].State, c.Brokers[1].State = plan.Dead, plan.Draining
	c.Partitions = []plan.Partition{
		{Topic: "calm", Replicas: []int32{1, 2, 3}, Leader: 2, Size: 900, MinInSync: 2},
		{Topic: "short", Replicas: []int32{2, 0, 3}, Leader: 2, Size: 500, MinInSync: 1},
		{Topic: "shorter", Replicas: []int32{2, 0, 3}, Leader: 2, Size: 100, MinInSync: 2},
		{Topic: "shortest", Replicas: []int32{2, 0, 3}, Leader: 2, InSync: []int32{2}, Size: 300, MinInSync: 2},
	}
	p, err := plan.Make(c, plan.Request{Operation: plan.Drain, Options: plan.Options{Bounds: plan.Bounds{PerBatch: 1}}})
	if err != nil {
		t.Fatal(err)
	}
	var order []string
	for _, b := range p.Batches {
		order = append(order, b.Moves[0].Topic)
	}
	if want := []string{"shortest", "shorter", "short", "calm"}; !slices.Equal(order, want) {
		t.Errorf("got %v, want %v", order, want)
	}
}

// TestGenerateIsFarBehind holds the planner against Kafka's own --generate.
func TestGenerateIsFarBehind(t *testing.T) {
	for _, s := range situations(shape{brokers: 30, racks: 3, partitions: 3000, factor: 3, seed: 6}) {
		switch s.request.Operation {
		case plan.Drain, plan.Add, plan.Rebalance:
		default:
			continue
		}
		ours, err := plan.Make(s.cluster, s.request)
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := plan.Follow(s.cluster, generated(s.cluster, 1), plan.Options{}, true)
		if err != nil || len(theirs.Problems) > 0 {
			t.Fatal(err, theirs.Problems)
		}
		if 4*ours.Cost.Bytes > theirs.Cost.Bytes {
			t.Errorf("%s: %d bytes, --generate %d", s.name, ours.Cost.Bytes, theirs.Cost.Bytes)
		}
		if ours.After.Replicas.Imbalance > theirs.After.Replicas.Imbalance+0.01 {
			t.Errorf("%s: counts %+v, --generate %+v", s.name, ours.After.Replicas, theirs.After.Replicas)
		}
		if s.request.Operation == plan.Rebalance && ours.After.Bytes.Imbalance > theirs.After.Bytes.Imbalance {
			t.Errorf("%s: bytes %+v, --generate %+v", s.name, ours.After.Bytes, theirs.After.Bytes)
		}
	}
}
