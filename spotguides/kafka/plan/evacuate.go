package plan

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// A replica is that of a partition on a broker.
type replica struct{ part, broker int }

// evacuate takes every replica off the brokers that are to hold none, each
// straight to where it stays: the largest first, to the brokers with the least
// bytes of those that may get one more.
func (b *board) evacuate() {
	var leaving []replica
	for p := range b.parts {
		leaving = append(leaving, b.leaving(p)...)
	}
	slices.SortFunc(leaving, func(x, y replica) int {
		return cmp.Or(b.bySize(int32(y.part), int32(x.part)), cmp.Compare(x.broker, y.broker))
	})
	q := b.newQuota(len(leaving))
	for _, r := range leaving {
		b.bound.Replicas++
		b.bound.Bytes += b.parts[r.part].Size
		if b.parts[r.part].stuck {
			continue
		}
		if factor := len(b.parts[r.part].now); min(b.opts.Racks, factor) > b.racks {
			b.refuse(r.part, r.broker, TooFewRacks, b.tooFewRacks(factor))
			continue
		}
		if to := b.best(r.part, r.broker, q); to >= 0 {
			q.use(b, to)
			b.move(r.part, r.broker, to)
		} else {
			b.refuse(r.part, r.broker, b.whyNot(r.part, r.broker), b.explain(r.part, r.broker))
		}
	}
}

// leaving are the replicas of p that have to go and can.
func (b *board) leaving(p int) []replica {
	part := &b.parts[p]
	var found []replica
	alive := 0
	for _, n := range part.now {
		if b.brokers[n].left {
			found = append(found, replica{p, int(n)})
		}
		if b.brokers[n].State != Dead {
			alive++
		}
	}
	switch {
	case len(found) == 0:
		return nil
	case part.Reassigning:
		b.refuse(p, found[0].broker, Busy, "a reassignment of it is under way; plan again when it is done")
	case alive == 0:
		b.refuse(p, found[0].broker, NoSource, "every replica is on a dead broker: bring one of them back, there is nothing to copy from")
	default:
		return found
	}
	return nil
}

// A quota lets every open broker get as many replicas as there are for each,
// and some of them one more where that does not come out even.
type quota struct{ floor, extras int }

// newQuota shares out what is on open brokers and so many replicas more.
func (b *board) newQuota(more int) *quota {
	if len(b.open) == 0 {
		return &quota{}
	}
	for _, n := range b.open {
		more += b.brokers[n].replicas
	}
	q := &quota{floor: more / len(b.open), extras: more % len(b.open)}
	for _, n := range b.open {
		q.extras -= max(0, b.brokers[n].replicas-q.floor)
	}
	return q
}

func (q *quota) allows(n *broker) bool {
	return n.replicas < q.floor || n.replicas == q.floor && q.extras > 0
}

func (q *quota) use(b *board, n int) {
	if b.brokers[n].replicas >= q.floor {
		q.extras--
	}
}

// best is the broker for the replica of p on from, or for a new one where from
// is -1: of those that fit and are within the quota the one with the least
// bytes, else the one with the fewest replicas. It is -1 if none fits.
func (b *board) best(p, from int, q *quota) int {
	best, bestFull, bestLoad := -1, false, math.Inf(1)
	for _, n := range b.open {
		to := &b.brokers[n]
		full := !q.allows(to)
		if full && best >= 0 && !bestFull {
			continue
		}
		load := float64(to.bytes) / to.share
		better := best < 0 || bestFull && !full || load < bestLoad
		if full && best >= 0 && to.replicas != b.brokers[best].replicas {
			better = to.replicas < b.brokers[best].replicas
		}
		if better && b.fits(p, from, n) {
			best, bestFull, bestLoad = n, full, load
		}
	}
	return best
}

// whyNot is the kind of problem of a replica that no broker can take.
func (b *board) whyNot(p, from int) Kind {
	for _, n := range b.open {
		if !b.parts[p].holds(n) && b.rackFits(p, from, n) {
			return NoSpace
		}
	}
	return TooFewBrokers
}

func (b *board) explain(p, from int) string {
	part := &b.parts[p]
	if b.whyNot(p, from) == TooFewBrokers {
		return fmt.Sprintf("there are %d brokers for %d replicas: add brokers or lower the replication factor",
			len(b.open), len(part.now))
	}
	could, most, free := 0, 0, int64(math.MinInt64)
	for _, n := range b.open {
		if part.holds(n) || !b.rackFits(p, from, n) {
			continue
		}
		could++
		if left := b.brokers[n].usable - b.brokers[n].peak; left > free {
			most, free = n, left
		}
	}
	return fmt.Sprintf("none of the %d brokers in racks that suit it has room for %d bytes; broker %d comes closest with %d bytes below its headroom: add brokers or grow their disks",
		could, part.Size, b.brokers[most].ID, free)
}
