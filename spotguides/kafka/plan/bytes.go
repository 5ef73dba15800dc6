package plan

import (
	"cmp"
	"math"
	"slices"
)

// finest is the smallest part of what a broker has too much that a move must be
// worth: below that, copying is not.
const finest = 256

// evenBytes takes bytes off the brokers that hold too many: by a move where the
// counts of replicas allow it, else by exchanging a large replica for a small
// one. Each step lowers the higher of its two brokers' loads and lifts none
// above it. It tells whether it moved any.
func (b *board) evenBytes() bool {
	sum := b.total()
	if sum.bytes == 0 {
		return false
	}
	s := shifter{b: b, mean: float64(sum.bytes) / float64(len(b.open)), tolerance: b.opts.Tolerance.Bytes,
		replicas: newBand(sum.replicas, len(b.open), b.opts.Tolerance.Replicas)}
	order := slices.Clone(b.open)
	return b.untilDone(func(t *tried) bool {
		slices.SortFunc(order, func(x, y int) int { return cmp.Or(cmp.Compare(s.ratio(x), s.ratio(y)), cmp.Compare(x, y)) })
		for _, from := range slices.Backward(order) {
			if s.ratio(from) <= 1+s.tolerance {
				return false
			}
			if t.done[from] {
				continue
			}
			for _, to := range order {
				if s.ratio(to) >= s.ratio(from) {
					break
				}
				if t.hopeless(from, to) {
					continue
				}
				if s.shift(from, to) {
					return true
				}
				t.failed(from, to)
			}
			t.done[from] = true
		}
		return false
	})
}

type shifter struct {
	b               *board
	mean, tolerance float64
	replicas        band
}

// ratio is a broker's bytes relative to its fair share.
func (s shifter) ratio(n int) float64 { return float64(s.b.brokers[n].bytes) / s.fair(n) }

func (s shifter) fair(n int) float64 { return s.mean * s.b.brokers[n].share }

// shift moves about as many bytes as suit both brokers, if it can.
func (s shifter) shift(from, to int) bool {
	b, aim := s.b, 1+s.tolerance/2
	source, sink := &b.brokers[from], &b.brokers[to]
	lacks := s.fair(to)*aim - float64(sink.bytes)
	if gap := s.ratio(from) - s.ratio(to); lacks <= 0 && gap > s.tolerance {
		lacks = s.fair(to) * gap / 2 // both are above: racks leave nothing better
	}
	want := int64(min(float64(source.bytes)-s.fair(from)*aim, lacks))
	most := int64(s.ratio(from)*s.fair(to)) - sink.bytes
	if want <= 0 || most <= 0 {
		return false
	}
	least := want / finest
	if source.replicas > sink.replicas || sink.replicas < s.replicas.high && source.replicas > s.replicas.low {
		if p := b.nearest(from, to, want, least, most); p >= 0 {
			b.move(p, from, to)
			return true
		}
	}
	back := b.nearest(to, from, 0, -1, math.MaxInt64)
	if back < 0 {
		return false
	}
	small := b.parts[back].Size
	if p := b.nearest(from, to, want+small, least+small, most+small); p >= 0 {
		b.move(p, from, to)
		b.move(back, to, from)
		return true
	}
	return false
}

// relieve takes replicas off disks that are filled beyond their headroom, which
// is worth uneven counts.
func (b *board) relieve() {
	for _, from := range b.open {
		source := &b.brokers[from]
		for source.usable >= 0 && source.bytes > source.usable {
			p, to := b.relief(from)
			if p < 0 {
				b.problems = append(b.problems, Problem{Kind: NoSpace, Partition: -1, Broker: source.ID,
					Reason: "its disk is filled beyond its headroom, and no other broker has room for what should leave: add brokers or grow their disks"})
				break
			}
			b.move(p, from, to)
		}
	}
}

// relief is the replica whose size is nearest to what the broker holds too
// much, and the emptiest broker that can take one.
func (b *board) relief(from int) (p, to int) {
	order := slices.SortedFunc(slices.Values(b.open), func(x, y int) int {
		return cmp.Or(cmp.Compare(b.filled(x), b.filled(y)), cmp.Compare(x, y))
	})
	for _, to := range order {
		if to == from {
			continue
		}
		surplus := b.brokers[from].bytes - b.brokers[from].usable
		if p := b.nearest(from, to, surplus, 0, math.MaxInt64); p >= 0 {
			return p, to
		}
	}
	return -1, -1
}

// filled is how full a disk is; one of unknown size counts as empty.
func (b *board) filled(n int) float64 {
	if b.brokers[n].usable <= 0 {
		return 0
	}
	return float64(b.brokers[n].peak) / float64(b.brokers[n].usable)
}
