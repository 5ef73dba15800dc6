package plan

import (
	"cmp"
	"slices"
)

// An exchange gives the leadership of one partition away for that of another,
// or for none (-1).
type exchange struct {
	to          int
	given, back int
	traffic     int64 // what the giver is rid of
}

// relieveNetwork makes exchanges for as long as a broker has too much traffic
// and one helps, with the brokers in this order. It tells whether it made any.
func (b *board) relieveNetwork(from int, order []int, mean float64) bool {
	given, back := b.exchangeable(from)
	source := &b.brokers[from]
	for made := false; ; made = true {
		best := b.bestExchange(from, order, given, back, mean)
		want := source.network - int64(mean*source.netShare*(1+b.opts.Tolerance.Network/2))
		if best.given < 0 || best.traffic <= want/finest {
			return made
		}
		b.promote(best.given, slices.Index(b.parts[best.given].now, int32(best.to)))
		for _, n := range b.parts[best.given].now {
			given[n] = slices.DeleteFunc(given[n], func(p int) bool { return p == best.given })
		}
		if best.back >= 0 {
			b.promote(best.back, slices.Index(b.parts[best.back].now, int32(from)))
			back[best.to] = slices.DeleteFunc(back[best.to], func(p int) bool { return p == best.back })
		}
		if float64(source.network) <= mean*source.netShare*(1+b.opts.Tolerance.Network) {
			return true
		}
	}
}

// bestExchange is the one that comes closest to what a broker is to be rid of,
// or the first that comes close enough.
func (b *board) bestExchange(from int, order []int, given, back [][]int, mean float64) exchange {
	source := &b.brokers[from]
	ratio := float64(source.network) / (mean * source.netShare)
	want := source.network - int64(mean*source.netShare*(1+b.opts.Tolerance.Network/2))
	best := exchange{given: -1}
	for _, to := range order {
		sink := &b.brokers[to]
		most := int64(ratio*mean*sink.netShare) - sink.network
		if len(given[to]) == 0 || most <= 0 {
			continue
		}
		if source.leaders > sink.leaders {
			best = b.closest(best, to, given[to], -1, want, most)
		}
		for _, q := range back[to] {
			if best = b.closest(best, to, given[to], q, want, most); best.given >= 0 && abs(best.traffic-want) <= want/8 {
				return best
			}
		}
	}
	return best
}

// exchangeable lists, by broker, the partitions that from leads and it could,
// lightest first, and those that it leads and from could.
func (b *board) exchangeable(from int) (given, back [][]int) {
	given, back = make([][]int, len(b.brokers)), make([][]int, len(b.brokers))
	for _, held := range b.held[from] {
		p := int(held)
		now := b.parts[p].now
		if !b.mayLead(p) {
			continue
		}
		if leader := int(now[0]); leader != from {
			if b.canLead(p, from) && !b.brokers[leader].closed {
				back[leader] = append(back[leader], p)
			}
			continue
		}
		for _, n := range now[1:] {
			if b.canLead(p, int(n)) {
				given[n] = append(given[n], p)
			}
		}
	}
	for _, list := range given {
		slices.SortFunc(list, func(x, y int) int {
			return cmp.Or(cmp.Compare(b.parts[x].leading(), b.parts[y].leading()), cmp.Compare(x, y))
		})
	}
	return given, back
}

// closest is the better of best and the exchange for back that comes closest to
// want, below most.
func (b *board) closest(best exchange, to int, given []int, back int, want, most int64) exchange {
	light := int64(0)
	if back >= 0 {
		light = b.parts[back].leading()
	}
	at, _ := slices.BinarySearchFunc(given, want+light, func(p int, w int64) int { return cmp.Compare(b.parts[p].leading(), w) })
	for _, i := range []int{at - 1, at} {
		if i < 0 || i >= len(given) {
			continue
		}
		traffic := b.parts[given[i]].leading() - light
		if traffic <= 0 || traffic >= most {
			continue
		}
		if best.given < 0 || abs(traffic-want) < abs(best.traffic-want) {
			best = exchange{to: to, given: given[i], back: back, traffic: traffic}
		}
	}
	return best
}

func abs(n int64) int64 { return max(n, -n) }
