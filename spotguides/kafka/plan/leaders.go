package plan

import (
	"cmp"
	"slices"
)

// lead shares out preferred leaders, then, by exchanging leaderships, the
// network. Nothing is copied for it.
func (b *board) lead() {
	for p := range b.parts {
		if b.mayLead(p) && b.brokers[b.parts[p].now[0]].closed {
			if at := b.nextLeader(p); at > 0 {
				b.promote(p, at)
			}
		}
	}
	for b.evenLeaders() || b.evenNetwork() {
		continue
	}
}

// mayLead tells whether the order of p's replicas may be changed.
func (b *board) mayLead(p int) bool {
	part := &b.parts[p]
	return !part.stuck && (b.all || !slices.Equal(part.now, part.before))
}

// evenLeaders makes, of the other replicas of a partition, the one that leads
// least the leader wherever that brings the two closer. It tells whether it changed any.
func (b *board) evenLeaders() bool {
	leaders := newBand(b.total().leaders, len(b.open), b.opts.Tolerance.Leaders)
	ever := false
	for changed := true; changed; ever = ever || changed {
		changed = false
		for p := range b.parts {
			if !b.mayLead(p) {
				continue
			}
			at := b.nextLeader(p)
			if at < 0 {
				continue
			}
			has, gets := b.brokers[b.parts[p].now[0]].leaders, b.brokers[b.parts[p].now[at]].leaders
			if has-gets >= 2 && (has > leaders.high || gets < leaders.low) {
				b.promote(p, at)
				changed = true
			}
		}
	}
	return ever
}

// nextLeader is the place of the replica, other than the first, that leads
// least of those that can lead; -1 if there is none.
func (b *board) nextLeader(p int) int {
	best := -1
	for at, n := range b.parts[p].now {
		if at == 0 || !b.canLead(p, int(n)) {
			continue
		}
		if best < 0 || b.brokers[n].leaders < b.brokers[b.parts[p].now[best]].leaders {
			best = at
		}
	}
	return best
}

// canLead: on a broker that stays, and in sync unless it is still to be copied.
func (b *board) canLead(p, n int) bool {
	part := &b.parts[p]
	return !b.brokers[n].closed &&
		(part.InSync == nil || !part.had(n) || slices.Contains(part.InSync, b.brokers[n].ID))
}

// evenNetwork takes leaderships off the brokers with too much traffic, for
// lighter ones in exchange where they do not lead more partitions than the
// other. It tells whether it changed any.
func (b *board) evenNetwork() bool {
	sum := b.total()
	if sum.network == 0 {
		return false
	}
	mean := float64(sum.network) / float64(len(b.open))
	order := slices.Clone(b.open)
	ratio := func(n int) float64 { return float64(b.brokers[n].network) / (mean * b.brokers[n].netShare) }
	return b.untilDone(func(t *tried) bool {
		slices.SortFunc(order, func(x, y int) int { return cmp.Or(cmp.Compare(ratio(x), ratio(y)), cmp.Compare(x, y)) })
		for _, from := range slices.Backward(order) {
			if ratio(from) <= 1+b.opts.Tolerance.Network {
				return false
			}
			if !t.done[from] && b.relieveNetwork(from, order, mean) {
				return true
			}
			t.done[from] = true
		}
		return false
	})
}
