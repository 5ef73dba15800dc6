package plan

import (
	"cmp"
	"slices"
	"strings"
)

// Compare orders partitions by topic and number.
func (id ID) Compare(other ID) int {
	return cmp.Or(strings.Compare(id.Topic, other.Topic), cmp.Compare(id.Partition, other.Partition))
}

// plan writes the board down: what differs from before, in batches.
func (b *board) plan(op Operation, before Figures) Plan {
	p := Plan{Operation: op, Before: before, After: b.figures(), Bound: b.bound,
		Batches: []Batch{}, Elections: []ID{}, Problems: b.problems}
	var copies, orders []ranked
	for i := range b.parts {
		part := &b.parts[i]
		id := ID{part.Topic, part.Number}
		changed := !slices.Equal(part.now, part.before)
		if (changed || b.all && !part.stuck) && b.brokers[part.now[0]].ID != part.Leader {
			p.Elections = append(p.Elections, id)
		}
		if !changed {
			continue
		}
		m := b.describe(i)
		p.Cost.Partitions++
		p.Cost.Bytes += m.Bytes
		if part.now[0] != part.before[0] {
			p.Cost.Leaders++
		}
		if added := len(m.Adding()); added > 0 {
			p.Cost.Replicas += added
			copies = append(copies, ranked{m, b.spare(i)})
		} else {
			orders = append(orders, ranked{m, 0})
		}
	}
	slices.SortStableFunc(copies, func(x, y ranked) int {
		if x.Urgent != y.Urgent || x.Urgent && x.spare != y.spare {
			return cmp.Or(cmp.Compare(rank(x), rank(y)), cmp.Compare(x.spare, y.spare))
		}
		if x.Urgent { // small ones first: the most partitions are safe the soonest
			return cmp.Compare(x.Bytes, y.Bytes)
		}
		return cmp.Compare(y.Bytes, x.Bytes)
	})
	p.Batches = append(p.Batches, pack(copies, b.opts.Bounds)...)
	for chunk := range slices.Chunk(orders, b.opts.Bounds.PerBatch) {
		p.Batches = append(p.Batches, pack(chunk, Bounds{PerBatch: len(chunk), PerBroker: len(chunk)})...)
	}
	slices.SortFunc(p.Problems, func(x, y Problem) int {
		return cmp.Or(strings.Compare(x.Topic, y.Topic), cmp.Compare(x.Partition, y.Partition), cmp.Compare(x.Broker, y.Broker))
	})
	if p.Problems == nil {
		p.Problems = []Problem{}
	}
	return p
}

// ranked is a move with how many replicas in sync it has beyond the minimum.
type ranked struct {
	Move
	spare int
}

func rank(r ranked) int {
	if r.Urgent {
		return 0
	}
	return 1
}

func (b *board) describe(i int) Move {
	part := &b.parts[i]
	m := Move{ID: ID{part.Topic, part.Number}, From: b.ids(part.before), To: b.ids(part.now), Source: -1}
	alive := b.inSync(i)
	m.Urgent = len(alive) < len(part.before)
	if len(m.Adding()) > 0 {
		m.Bytes = part.Size * int64(len(m.Adding()))
		if len(alive) > 0 {
			m.Source = alive[0]
		}
		if slices.Contains(alive, part.Leader) {
			m.Source = part.Leader
		}
	}
	return m
}

// inSync are the replicas that were in sync, on brokers that are not dead.
func (b *board) inSync(i int) []int32 {
	part := &b.parts[i]
	var ids []int32
	for _, n := range part.before {
		id := b.brokers[n].ID
		if b.brokers[n].State != Dead && (part.InSync == nil || slices.Contains(part.InSync, id)) {
			ids = append(ids, id)
		}
	}
	return ids
}

func (b *board) spare(i int) int { return len(b.inSync(i)) - b.parts[i].MinInSync }

func (b *board) ids(indices []int32) []int32 {
	ids := make([]int32, len(indices))
	for i, n := range indices {
		ids[i] = b.brokers[n].ID
	}
	return ids
}

// A packer puts each move into the first batch where all its brokers have a
// place left.
type packer struct {
	bounds  Bounds
	batches []Batch
	used    []map[int32]use // by batch and broker
	full    map[int32]int   // by broker: the batches before this one have no place
	first   int             // the batches before this one are full
}

type use struct {
	moves int
	bytes int64
}

func pack(moves []ranked, bounds Bounds) []Batch {
	p := packer{bounds: bounds, full: map[int32]int{}}
	for _, r := range moves {
		p.place(r.Move)
	}
	return p.batches
}

func (p *packer) place(m Move) {
	brokers := m.Adding()
	size := m.Bytes / int64(max(1, len(brokers)))
	if m.Source >= 0 {
		brokers, size = append(brokers, m.Source), m.Bytes
	}
	at := p.first
	for _, id := range brokers {
		at = max(at, p.full[id])
	}
	for ; ; at++ {
		if at == len(p.batches) {
			p.batches, p.used = append(p.batches, Batch{}), append(p.used, map[int32]use{})
		}
		if p.hasPlace(at, brokers, size) {
			break
		}
	}
	p.batches[at].Moves = append(p.batches[at].Moves, m)
	for _, id := range brokers {
		u := p.used[at][id]
		p.used[at][id] = use{u.moves + 1, u.bytes + size}
		for p.full[id] < len(p.used) && p.used[p.full[id]][id].moves >= p.bounds.PerBroker {
			p.full[id]++
		}
	}
	for p.first < len(p.batches) && len(p.batches[p.first].Moves) >= p.bounds.PerBatch {
		p.first++
	}
}

func (p *packer) hasPlace(at int, brokers []int32, size int64) bool {
	if len(p.batches[at].Moves) >= p.bounds.PerBatch {
		return false
	}
	for _, id := range brokers {
		u := p.used[at][id]
		if u.moves >= p.bounds.PerBroker || p.bounds.BytesPerBroker > 0 && u.moves > 0 && u.bytes+size > p.bounds.BytesPerBroker {
			return false
		}
	}
	return true
}
