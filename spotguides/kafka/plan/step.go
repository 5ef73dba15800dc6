package plan

import "slices"

// move puts the replica of p that is on from onto to, in the same place of the
// order. The caller has asked fits.
func (b *board) move(p, from, to int) {
	part := &b.parts[p]
	at := slices.Index(part.now, int32(from))
	if at == 0 {
		b.countLeader(p, from, -1)
		b.countLeader(p, to, +1)
	}
	part.now[at] = int32(to)
	b.take(p, from)
	b.put(p, to)
}

// put accounts for a replica that p has got on n.
func (b *board) put(p, n int) {
	b.count(p, n, +1)
	if !b.parts[p].had(n) {
		b.brokers[n].peak += b.parts[p].Size
	}
	at, _ := slices.BinarySearchFunc(b.held[n], int32(p), b.bySize)
	b.held[n] = slices.Insert(b.held[n], at, int32(p))
}

// take accounts for a replica that p has lost on n.
func (b *board) take(p, n int) {
	b.count(p, n, -1)
	if !b.parts[p].had(n) {
		b.brokers[n].peak -= b.parts[p].Size
	}
	at, _ := slices.BinarySearchFunc(b.held[n], int32(p), b.bySize)
	b.held[n] = slices.Delete(b.held[n], at, at+1)
}

// promote makes the replica at a place of p's order its preferred leader.
func (b *board) promote(p, at int) {
	now := b.parts[p].now
	b.countLeader(p, int(now[0]), -1)
	now[0], now[at] = now[at], now[0]
	b.countLeader(p, int(now[0]), +1)
}

// fits tells whether the replica of p on from may go to to without breaking a
// hard goal; from is -1 for a replica that is new.
func (b *board) fits(p, from, to int) bool {
	return !b.parts[p].holds(to) && b.hasSpace(p, to) && b.rackFits(p, from, to)
}

func (b *board) hasSpace(p, n int) bool {
	broker, part := &b.brokers[n], &b.parts[p]
	return broker.usable < 0 || part.had(n) || broker.peak+part.Size <= broker.usable
}

// rackFits keeps a partition in as many racks as can be, with no more replicas
// in one than has to be. Only replicas on open brokers count: the others go.
func (b *board) rackFits(p, from, to int) bool {
	part := &b.parts[p]
	rack, replicas := b.brokers[to].rack, len(part.now)
	if from < 0 {
		replicas++
	}
	there, spread, alone := 0, 0, from >= 0 && !b.brokers[from].closed
	for i, n := range part.now {
		other := &b.brokers[n]
		if int(n) == from || other.closed {
			continue
		}
		if other.rack == rack {
			there++
		}
		if from >= 0 && other.rack == b.brokers[from].rack {
			alone = false
		}
		if !b.rackBefore(part.now[:i], from, other.rack) {
			spread++
		}
	}
	if there == 0 {
		return true
	}
	if there >= b.roomInRack(replicas) || alone {
		return false
	}
	return from >= 0 && !b.brokers[from].closed || spread >= min(replicas, b.racks)
}

// rackBefore tells whether one of these replicas, from apart, is in the rack.
func (b *board) rackBefore(replicas []int32, from, rack int) bool {
	return slices.ContainsFunc(replicas, func(n int32) bool {
		return int(n) != from && !b.brokers[n].closed && b.brokers[n].rack == rack
	})
}

// roomInRack is the least number of replicas that some rack must hold when so
// many are spread evenly over the open brokers.
func (b *board) roomInRack(replicas int) int {
	for len(b.room) <= replicas {
		r, most := len(b.room), 0
		for places := 0; places < r && most < r; {
			most++
			places = 0
			for _, size := range b.rackSize {
				places += min(most, size)
			}
		}
		b.room = append(b.room, most)
	}
	return b.room[replicas]
}

// refuse notes why a partition stays as it is, and leaves it alone from then on.
func (b *board) refuse(p, broker int, kind Kind, reason string) {
	part := &b.parts[p]
	part.stuck = true
	id := int32(-1)
	if broker >= 0 {
		id = b.brokers[broker].ID
	}
	b.problems = append(b.problems, Problem{Kind: kind, Topic: part.Topic, Partition: part.Number, Broker: id, Reason: reason})
}
