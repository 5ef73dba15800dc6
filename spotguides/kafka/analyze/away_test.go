package analyze

import (
	"testing"
	"time"

	"github.com/spotguide/spotguide/spotguides/kafka/admin"
)

// How long a broker is gone is counted for each by itself: those that restart one
// after the other are never gone for long.
func TestAway(t *testing.T) {
	seen := func(gone ...int32) admin.Observation {
		o := admin.Observation{Brokers: []admin.Broker{{ID: 1}, {ID: 2}, {ID: 3}}, Partitions: []admin.Partition{{Replicas: []int32{1, 2, 3}}}}
		for _, id := range gone {
			o.Brokers[id-1].Fenced = true
		}
		return o
	}
	w, of := New().away, application{"shop", "events"}
	start := time.Unix(0, 0)
	for _, step := range []struct {
		at   time.Duration
		gone []int32
		want time.Duration
	}{
		{0, nil, 0}, {1 * time.Minute, []int32{1}, 0}, {2 * time.Minute, []int32{1}, time.Minute},
		{3 * time.Minute, []int32{2}, 0}, {4 * time.Minute, []int32{2, 3}, time.Minute},
		{9 * time.Minute, []int32{3}, 5 * time.Minute}, {10 * time.Minute, nil, 0}, {11 * time.Minute, []int32{3}, 0},
	} {
		if got := w.longest(start.Add(step.at), of, seen(step.gone...)); got != step.want {
			t.Errorf("at %s, gone %v: %s, want %s", step.at, step.gone, got, step.want)
		}
	}
	if got := w.longest(start.Add(time.Hour), application{"shop", "other"}, seen(3)); got != 0 {
		t.Errorf("another cluster's broker is gone for %s", got)
	}
	empty := seen(3)
	empty.Partitions[0].Replicas = []int32{1, 2}
	if w.longest(start.Add(2*time.Hour), of, empty); len(w.since) != 1 {
		t.Errorf("%v is remembered", w.since)
	}
}
