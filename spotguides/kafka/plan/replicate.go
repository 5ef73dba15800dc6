package plan

import (
	"fmt"
	"maps"
	"slices"
)

// replicate gives the partitions of each topic the replicas asked for.
func (b *board) replicate(factors map[string]int) {
	topics := map[string][]int{}
	for p := range b.parts {
		if _, asked := factors[b.parts[p].Topic]; asked {
			topics[b.parts[p].Topic] = append(topics[b.parts[p].Topic], p)
		}
	}
	more := 0
	for p := range b.parts {
		if factor, asked := factors[b.parts[p].Topic]; asked {
			more += factor - len(b.parts[p].now)
		}
	}
	q := b.newQuota(more)
	for _, topic := range slices.Sorted(maps.Keys(factors)) {
		slices.SortFunc(topics[topic], func(x, y int) int { return b.bySize(int32(y), int32(x)) })
		if len(topics[topic]) == 0 {
			b.problems = append(b.problems, Problem{Kind: Unknown, Topic: topic, Partition: -1, Broker: -1, Reason: "there is no such topic"})
		}
		for _, p := range topics[topic] {
			b.replicateOne(p, factors[topic], q)
		}
	}
}

func (b *board) replicateOne(p, factor int, q *quota) {
	part := &b.parts[p]
	switch {
	case part.stuck || len(part.now) == factor:
		if part.Reassigning && len(part.now) != factor {
			b.refuse(p, -1, Busy, "a reassignment of it is under way; plan again when it is done")
		}
		return
	case factor < 1 || factor < part.MinInSync:
		b.refuse(p, -1, BelowMinimum, fmt.Sprintf("%d replicas are fewer than its min.insync.replicas of %d", factor, max(1, part.MinInSync)))
		return
	case factor > len(b.open):
		b.refuse(p, -1, TooFewBrokers, fmt.Sprintf("there are %d brokers for %d replicas: add brokers", len(b.open), factor))
		return
	case min(b.opts.Racks, factor) > b.racks:
		b.refuse(p, -1, TooFewRacks, b.tooFewRacks(factor))
		return
	}
	for len(part.now) > factor && !part.stuck {
		b.drop(p)
	}
	for len(part.now) < factor && !part.stuck {
		b.grow(p, q)
	}
}

func (b *board) tooFewRacks(factor int) string {
	return fmt.Sprintf("its replicas are to be in %d racks, and brokers that may take one are in %d: add brokers in another rack",
		min(b.opts.Racks, factor), b.racks)
}

// grow adds a replica.
func (b *board) grow(p int, q *quota) {
	part := &b.parts[p]
	to := b.best(p, -1, q)
	if to < 0 {
		b.refuse(p, -1, b.whyNot(p, -1), b.explain(p, -1))
		return
	}
	b.bound.Replicas++
	b.bound.Bytes += part.Size
	q.use(b, to)
	b.resize(p, append(part.now, int32(to)))
	b.put(p, to)
}

// drop removes a replica: one that is of no use, else one in the fullest rack,
// on the broker with most.
func (b *board) drop(p int) {
	part := &b.parts[p]
	from := b.mostCrowded(p)
	if lost := slices.IndexFunc(part.now, func(n int32) bool { return !b.canLead(p, int(n)) }); lost >= 0 {
		from = int(part.now[lost])
	}
	b.resize(p, slices.DeleteFunc(slices.Clone(part.now), func(n int32) bool { return int(n) == from }))
	b.take(p, from)
}

// resize changes the replicas of p, and what leading it costs with them.
func (b *board) resize(p int, now []int32) {
	part := &b.parts[p]
	b.countLeader(p, int(part.now[0]), -1)
	part.now = now
	b.countLeader(p, int(part.now[0]), +1)
}
