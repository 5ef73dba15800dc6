package plan

import (
	"fmt"
	"slices"
)

// Follow plans assignments that were chosen elsewhere: a reassignment file, a
// rollback. Each is held to the hard goals; one that breaks them is left out,
// with a Problem that says why. Partitions that are not mentioned stay. Where
// anyRack is set, nothing is held against how they are spread over racks, so
// that a plan that spread them can be rolled back.
func Follow(c Cluster, assignments []Assignment, o Options, anyRack bool) (Plan, error) {
	if err := c.Validate(); err != nil {
		return Plan{}, fmt.Errorf("the cluster's model: %w", err)
	}
	o = o.withDefaults()
	if err := o.validate(); err != nil {
		return Plan{}, err
	}
	b := newBoard(c, o, Assign)
	before := b.figures()
	places := make(map[ID]int, len(b.parts))
	for p := range b.parts {
		places[ID{b.parts[p].Topic, b.parts[p].Number}] = p
	}
	sorted := slices.SortedStableFunc(slices.Values(assignments), func(x, y Assignment) int { return x.Compare(y.ID) })
	for i, a := range sorted {
		p, known := places[a.ID]
		switch {
		case !known:
			b.note(a.ID, -1, Unknown, "there is no such partition")
		case i > 0 && sorted[i-1].ID == a.ID:
			b.note(a.ID, -1, Misplaced, "it is assigned twice")
		default:
			b.follow(p, a, anyRack)
		}
	}
	return b.plan(Assign, before), nil
}

func (b *board) note(id ID, broker int32, kind Kind, reason string) {
	b.problems = append(b.problems, Problem{Kind: kind, Topic: id.Topic, Partition: id.Partition, Broker: broker, Reason: reason})
}

// follow puts one partition where it was told to, if that breaks no hard goal.
func (b *board) follow(p int, a Assignment, anyRack bool) {
	part := &b.parts[p]
	to, ok := b.known(p, a)
	if !ok || slices.Equal(to, part.now) {
		return
	}
	switch {
	case part.stuck:
		b.note(a.ID, -1, Busy, "a reassignment of it is under way; plan again when it is done")
		return
	case len(to) < part.MinInSync || len(to) == 0:
		b.note(a.ID, -1, BelowMinimum, fmt.Sprintf("%d replicas are fewer than its min.insync.replicas of %d", len(to), max(1, part.MinInSync)))
		return
	case len(b.inSync(p)) == 0:
		b.note(a.ID, -1, NoSource, "no replica in sync is on a broker that is alive: bring one of them back, there is nothing to copy from")
		return
	}
	crowded := b.crowded(p)
	from := part.now
	b.place(p, to)
	if !anyRack && b.crowded(p) && !crowded {
		b.place(p, from)
		b.note(a.ID, -1, Misplaced, "its replicas would share racks more than they have to")
	}
}

// known turns the ids of an assignment into brokers, and tells whether each may
// hold a replica.
func (b *board) known(p int, a Assignment) ([]int32, bool) {
	var to []int32
	for _, id := range a.Replicas {
		n, known := b.index[id]
		switch {
		case !known:
			b.note(a.ID, id, Unknown, "there is no such broker")
		case slices.Contains(to, int32(n)):
			b.note(a.ID, id, Misplaced, "the broker would hold two of its replicas")
		case b.brokers[n].closed && !b.parts[p].had(n):
			b.note(a.ID, id, Misplaced, fmt.Sprintf("the broker is %s", b.brokers[n].State))
		case !b.hasSpace(p, n):
			b.note(a.ID, id, NoSpace, fmt.Sprintf("the broker has %d bytes below its headroom, and the replica %d",
				b.brokers[n].usable-b.brokers[n].peak, b.parts[p].Size))
		default:
			to = append(to, int32(n))
			continue
		}
		return nil, false
	}
	return to, true
}

// place makes these the replicas of p.
func (b *board) place(p int, to []int32) {
	part := &b.parts[p]
	from := part.now
	b.resize(p, to)
	for _, n := range from {
		if !slices.Contains(to, n) {
			b.take(p, int(n))
		}
	}
	for _, n := range to {
		if !slices.Contains(from, n) {
			b.put(p, int(n))
		}
	}
}
