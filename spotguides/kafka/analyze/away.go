package analyze

import (
	"slices"
	"sync"
	"time"

	"github.com/spotguide/spotguide/spotguides/kafka/admin"
)

// away remembers since when brokers are gone. An agent that has just started
// counts from then on.
type away struct {
	mu    sync.Mutex
	since map[application]map[int32]time.Time
}

type application struct{ namespace, name string }

// longest is how long the broker that holds replicas and is gone for longest has
// been seen to be; 0 where there is none.
func (w *away) longest(now time.Time, of application, o admin.Observation) time.Duration {
	gone := missing(o)
	w.mu.Lock()
	defer w.mu.Unlock()
	before, longest := w.since[of], time.Duration(0)
	since := map[int32]time.Time{}
	for _, id := range gone {
		at, known := before[id]
		if !known {
			at = now
		}
		since[id], longest = at, max(longest, now.Sub(at))
	}
	delete(w.since, of)
	if len(since) > 0 {
		w.since[of] = since
	}
	return longest
}

// missing are the brokers that hold replicas and do not serve.
func missing(o admin.Observation) (ids []int32) {
	serves := map[int32]bool{}
	for _, b := range o.Brokers {
		serves[b.ID] = !b.Fenced
	}
	for _, p := range o.Partitions {
		for _, id := range p.Replicas {
			if !serves[id] && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	return ids
}
