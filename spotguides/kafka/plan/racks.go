package plan

// rebalance meets every goal: racks and disks that were broken before first,
// then counts, then bytes.
func (b *board) rebalance() {
	b.spreadRacks()
	b.relieve()
	b.boundOfRebalance()
	anywhere := func(int) bool { return true }
	for b.even(anywhere) || b.evenBytes() {
		continue
	}
}

// boundOfRebalance adds the least that must move until no broker holds more
// than the tolerances let it.
func (b *board) boundOfRebalance() {
	sum := b.total()
	replicas := newBand(sum.replicas, len(b.open), b.opts.Tolerance.Replicas)
	for _, n := range b.open {
		l := &b.brokers[n]
		fair := float64(sum.bytes) / float64(len(b.open)) * l.share
		b.bound.Replicas += max(0, l.replicas-replicas.high)
		b.bound.Bytes += max(0, l.bytes-int64(fair*(1+b.opts.Tolerance.Bytes)))
	}
}

// spreadRacks moves replicas that share a rack though they need not.
func (b *board) spreadRacks() {
	for p := range b.parts {
		for !b.parts[p].stuck && b.crowded(p) {
			from, to := b.spreading(p)
			if to < 0 {
				from = b.mostCrowded(p)
				b.refuse(p, from, b.whyNot(p, from), b.explain(p, from))
				break
			}
			b.bound.Replicas++
			b.bound.Bytes += b.parts[p].Size
			b.move(p, from, to)
		}
	}
}

// spreading is a move that takes a replica of p out of its fullest rack, to the
// broker with the fewest; to is -1 if there is none.
func (b *board) spreading(p int) (from, to int) {
	from = b.mostCrowded(p)
	best := -1
	for _, n := range b.open {
		if b.inRack(p, b.brokers[n].rack)+1 >= b.inRack(p, b.brokers[from].rack) || !b.fits(p, from, n) {
			continue
		}
		if best < 0 || b.brokers[n].replicas < b.brokers[best].replicas {
			best = n
		}
	}
	return from, best
}

// inRack counts the replicas of p on open brokers of a rack.
func (b *board) inRack(p, rack int) int {
	count := 0
	for _, n := range b.parts[p].now {
		if !b.brokers[n].closed && b.brokers[n].rack == rack {
			count++
		}
	}
	return count
}

// crowded tells whether replicas of p on open brokers share racks more than
// they have to.
func (b *board) crowded(p int) bool {
	now := b.parts[p].now
	spread, open := 0, 0
	for i, n := range now {
		if b.brokers[n].closed {
			continue
		}
		open++
		if b.inRack(p, b.brokers[n].rack) > b.roomInRack(len(now)) {
			return true
		}
		if !b.rackBefore(now[:i], -1, b.brokers[n].rack) {
			spread++
		}
	}
	return spread < min(open, b.racks)
}

// mostCrowded is the replica of p to give up first: in the fullest rack, on the
// broker with most replicas, and rather not the preferred leader.
func (b *board) mostCrowded(p int) int {
	best, bestRack := -1, 0
	for at, n := range b.parts[p].now {
		if b.brokers[n].closed {
			continue
		}
		rack := b.inRack(p, b.brokers[n].rack)
		better := best < 0 || rack > bestRack
		if best >= 0 && rack == bestRack {
			better = at == 1 && int32(best) == b.parts[p].now[0] || b.brokers[n].replicas > b.brokers[best].replicas
		}
		if better {
			best, bestRack = int(n), rack
		}
	}
	return best
}
