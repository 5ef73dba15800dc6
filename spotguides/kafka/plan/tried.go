package plan

import "slices"

// tried is what a search has given up: brokers for which it found nothing, and
// pairs of brokers, or of a broker and a rack, between which nothing may move.
type tried struct {
	b     *board
	done  []bool
	pairs []bool // by giver and receiver
	racks []bool // by giver and the receiver's rack
}

func (t *tried) hopeless(from, to int) bool {
	return t.pairs[from*len(t.b.brokers)+to] || t.racks[from*len(t.b.rackSize)+t.b.brokers[to].rack]
}

// failed notes that nothing was found to go from one broker to another, and
// whether that is so for the whole rack.
func (t *tried) failed(from, to int) {
	t.pairs[from*len(t.b.brokers)+to] = true
	none := !slices.ContainsFunc(t.b.held[from], func(p int32) bool {
		return !t.b.parts[p].stuck && t.b.rackFits(int(p), from, to)
	})
	if none {
		t.racks[from*len(t.b.rackSize)+t.b.brokers[to].rack] = true
	}
}

// untilDone repeats a step until it finds nothing more to do, also when all
// that it had given up is looked at afresh: what is done is done, and planning
// again would find nothing either. It tells whether anything was done.
func (b *board) untilDone(step func(*tried) bool) bool {
	for moved := false; ; moved = true {
		t := &tried{b: b, done: make([]bool, len(b.brokers)),
			pairs: make([]bool, len(b.brokers)*len(b.brokers)), racks: make([]bool, len(b.brokers)*len(b.rackSize))}
		if !step(t) {
			return moved
		}
		for step(t) {
			continue
		}
	}
}
