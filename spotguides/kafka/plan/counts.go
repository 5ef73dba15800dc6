package plan

import (
	"cmp"
	"math"
	"slices"
)

// A band is the range in which a count is left alone.
type band struct{ low, high int }

func newBand(total, among int, tolerance float64) band {
	mean := float64(total) / float64(max(among, 1))
	return band{low: int(math.Floor(mean * (1 - tolerance))), high: int(math.Ceil(mean * (1 + tolerance)))}
}

// total adds up the loads of the open brokers.
func (b *board) total() load {
	var sum load
	for _, n := range b.open {
		l := b.brokers[n].load
		sum.replicas += l.replicas
		sum.leaders += l.leaders
		sum.bytes += l.bytes
		sum.network += l.network
	}
	return sum
}

// fill gives new brokers their share of replicas, from those that have most.
func (b *board) fill() {
	b.boundOfFill()
	b.even(func(n int) bool { return b.brokers[n].State == New })
}

// boundOfFill adds the least number of replicas that must move until the new
// brokers hold as many as the others, give or take one.
func (b *board) boundOfFill() {
	replicas := newBand(b.total().replicas, len(b.open), b.opts.Tolerance.Replicas)
	surplus, deficit := 0, 0
	for _, n := range b.open {
		if held := b.brokers[n].replicas; b.brokers[n].State == New {
			deficit += max(0, replicas.low-held)
		} else {
			surplus += max(0, held-replicas.high)
		}
	}
	b.bound.Replicas += max(surplus, deficit)
}

// even moves replicas from the brokers with most to those with fewest until
// they differ by no more than one or are all within the tolerance, as far as
// the racks let them. Only brokers that may are given any. Each move brings its
// two brokers together, so none is made twice. It tells whether it moved any.
func (b *board) even(may func(n int) bool) bool {
	sum := b.total()
	replicas := newBand(sum.replicas, len(b.open), b.opts.Tolerance.Replicas)
	mean := load{replicas: sum.replicas / max(len(b.open), 1), bytes: sum.bytes / int64(max(len(b.open), 1))}
	order := slices.Clone(b.open)
	return b.untilDone(func(t *tried) bool {
		slices.SortFunc(order, func(x, y int) int {
			return cmp.Or(cmp.Compare(b.brokers[x].replicas, b.brokers[y].replicas), cmp.Compare(x, y))
		})
		for _, d := range order {
			if !may(d) || t.done[d] {
				continue
			}
			for _, s := range slices.Backward(order) {
				from, to := &b.brokers[s], &b.brokers[d]
				if from.replicas-to.replicas < 2 {
					break
				}
				if from.replicas <= replicas.high && to.replicas >= replicas.low || t.hopeless(s, d) {
					continue
				}
				if p := b.nearest(s, d, wanted(from, to, mean), -1, math.MaxInt64); p >= 0 {
					b.move(p, s, d)
					return true
				}
				t.failed(s, d)
			}
			t.done[d] = true
		}
		return false
	})
}

// wanted is the size of the partition that suits the receiver: what it has too
// little for each replica it is still to get; or, within a factor of two, the
// giver: what it has too much for each replica it is still to give.
func wanted(from, to *broker, mean load) int64 {
	give := float64(from.bytes) - float64(mean.bytes)*from.share
	get := float64(mean.bytes)*to.share - float64(to.bytes)
	give /= float64(max(1, from.replicas-mean.replicas))
	get = max(0, get/float64(max(1, mean.replicas-to.replicas)))
	return int64(min(max(give, get/2), get*2))
}

// nearest is the partition with a replica on from that may go to to and whose
// size is nearest to size, above low and below high; -1 if there is none.
func (b *board) nearest(from, to int, size, low, high int64) int {
	held := b.held[from]
	up, _ := slices.BinarySearchFunc(held, size, func(p int32, size int64) int { return cmp.Compare(b.parts[p].Size, size) })
	down := up - 1
	for {
		above := up < len(held) && b.parts[held[up]].Size < high
		below := down >= 0 && b.parts[held[down]].Size > low
		var p int
		switch {
		case !above && !below:
			return -1
		case above && (!below || b.parts[held[up]].Size-size <= size-b.parts[held[down]].Size):
			p, up = int(held[up]), up+1
		default:
			p, down = int(held[down]), down-1
		}
		if s := b.parts[p].Size; s > low && s < high && !b.parts[p].stuck && b.fits(p, from, to) {
			return p
		}
	}
}
