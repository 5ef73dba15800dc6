package heal

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/spotguide/spotguide/spotguides/kafka/admin"
	"github.com/spotguide/spotguide/spotguides/kafka/plan"
)

// Policy says when what is done.
type Policy struct {
	// Gone is how long a broker may be away before its replicas are made anew
	// elsewhere.
	Gone time.Duration
	// Forget is how long a broker that holds nothing may be away before it is
	// unregistered; 0 is for ever.
	Forget time.Duration
	// Settle is how long the cluster has to be whole before it is evened out.
	Settle time.Duration
	// Imbalance is how many times the average of replicas a broker may hold
	// before it is evened out; 0 is any.
	Imbalance float64
	// Draining are brokers to be emptied.
	Draining []int32
}

// Memory is what Decide has to know of the past. It can be kept as JSON.
type Memory struct {
	// Gone are brokers with when they were first seen to be away.
	Gone map[int32]time.Time `json:"gone,omitempty"`
	// Whole is since when no partition is short of a replica; zero while one is.
	Whole time.Time `json:"whole,omitzero"`
}

// Want is one thing to do; its zero value is nothing.
type Want struct {
	// Operation is planned for; empty for none.
	Operation plan.Operation
	// New and Draining are brokers to fill and to empty.
	New, Draining []int32
	// Unregister is a broker to forget; 0 and Forget false for none.
	Unregister int32
	Forget     bool
	// Reason says why, or why nothing is done although something is wrong.
	Reason string
}

// Nothing tells whether there is nothing to do.
func (w Want) Nothing() bool { return w.Operation == "" && !w.Forget }

// uneven is the share of partitions that another than the first replica may lead.
const uneven = 0.1

// Decide says what to do now, and what to remember.
func Decide(now time.Time, p Policy, m Memory, o admin.Observation) (Want, Memory) {
	m = m.look(now, o)
	holding := held(o)
	lost := m.lost(now, p.Gone)
	if len(m.Gone)*2 >= len(alive(o))+len(m.Gone) {
		return Want{Reason: fmt.Sprintf("brokers %v are gone, half of all or more: bring some back", ids(m.Gone))}, m
	}
	if slices.ContainsFunc(o.Partitions, admin.Partition.Reassigning) {
		return Want{Reason: "replicas are being moved"}, m
	}
	if hold := slices.DeleteFunc(slices.Clone(lost), func(id int32) bool { return holding[id] == 0 }); len(hold) > 0 {
		return Want{Operation: plan.Repair, Draining: p.Draining, Reason: fmt.Sprintf("brokers %v are gone for longer than %s", hold, p.Gone)}, m
	}
	if w := p.shift(o, holding); w.Operation != "" {
		return w, m
	}
	for _, id := range m.lost(now, p.Forget) {
		if p.Forget > 0 && holding[id] == 0 {
			return Want{Unregister: id, Forget: true, Reason: fmt.Sprintf("broker %d holds nothing and is gone for longer than %s", id, p.Forget)}, m
		}
	}
	if m.Whole.IsZero() || now.Sub(m.Whole) < p.Settle {
		return Want{}, m
	}
	return p.even(o, holding), m
}

// shift empties and fills brokers.
func (p Policy) shift(o admin.Observation, holding map[int32]int) Want {
	var drain, fill []int32
	total := 0
	for _, n := range holding {
		total += n
	}
	for _, id := range alive(o) {
		switch draining := slices.Contains(p.Draining, id); {
		case draining && holding[id] > 0:
			drain = append(drain, id)
		case !draining && holding[id] == 0:
			fill = append(fill, id)
		}
	}
	switch {
	case len(drain) > 0:
		return Want{Operation: plan.Drain, Draining: p.Draining, Reason: fmt.Sprintf("brokers %v are to be emptied", drain)}
	case len(fill) > 0 && total >= len(alive(o)): // else there is nothing for it
		return Want{Operation: plan.Add, New: fill, Draining: p.Draining, Reason: fmt.Sprintf("brokers %v hold nothing", fill)}
	}
	return Want{}
}

// even balances a cluster that is whole.
func (p Policy) even(o admin.Observation, holding map[int32]int) Want {
	most, total, count := 0, 0, 0
	for _, id := range alive(o) {
		if !slices.Contains(p.Draining, id) {
			most, total, count = max(most, holding[id]), total+holding[id], count+1
		}
	}
	// A broker may always hold one more than another.
	if fair := float64(total) / float64(max(1, count)); p.Imbalance > 0 && float64(most) > fair*p.Imbalance && float64(most) >= fair+1 {
		return Want{Operation: plan.Rebalance, Draining: p.Draining, Reason: fmt.Sprintf("a broker holds %d replicas, and %.1f are fair", most, fair)}
	}
	away := 0
	for _, part := range o.Partitions {
		if len(part.Replicas) > 0 && part.Leader != part.Replicas[0] {
			away++
		}
	}
	if float64(away) > uneven*float64(len(o.Partitions)) {
		return Want{Operation: plan.Lead, Draining: p.Draining, Reason: fmt.Sprintf("%d of %d partitions are led by another than their first replica", away, len(o.Partitions))}
	}
	return Want{}
}

// look remembers who is gone, and since when all is well.
func (m Memory) look(now time.Time, o admin.Observation) Memory {
	next := Memory{Gone: map[int32]time.Time{}, Whole: m.Whole}
	serving := alive(o)
	note := func(id int32) {
		if slices.Contains(serving, id) {
			return
		}
		next.Gone[id] = now
		if since, known := m.Gone[id]; known {
			next.Gone[id] = since
		}
	}
	for _, b := range o.Brokers {
		note(b.ID)
	}
	for id := range held(o) {
		note(id)
	}
	switch whole := len(o.Health().UnderReplicated) == 0; {
	case !whole:
		next.Whole = time.Time{}
	case m.Whole.IsZero():
		next.Whole = now
	}
	return next
}

// lost are the brokers that are gone for so long.
func (m Memory) lost(now time.Time, d time.Duration) []int32 {
	return slices.DeleteFunc(ids(m.Gone), func(id int32) bool { return now.Sub(m.Gone[id]) < d })
}

func ids(gone map[int32]time.Time) []int32 { return slices.Sorted(maps.Keys(gone)) }

// alive are the brokers that serve.
func alive(o admin.Observation) (serving []int32) {
	for _, b := range o.Brokers {
		if !b.Fenced {
			serving = append(serving, b.ID)
		}
	}
	return serving
}

// held counts the replicas that are on brokers.
func held(o admin.Observation) map[int32]int {
	count := map[int32]int{}
	for _, p := range o.Partitions {
		for _, id := range p.Replicas {
			count[id]++
		}
	}
	return count
}
