package plan

import (
	"cmp"
	"slices"
	"strings"
)

// A board is a cluster in the making: dense indices instead of ids, and every
// load kept up to date with each step. Brokers are indices into brokers, sorted
// by id; partitions are indices into parts, sorted by topic and number.
type board struct {
	opts    Options
	brokers []broker
	parts   []part
	index   map[int32]int // by broker id
	open    []int         // brokers that may receive, ascending
	// racks and rackSize count the open brokers' racks, and them by rack.
	racks    int
	rackSize []int
	room     []int // see roomInRack
	all      bool  // leaders of untouched partitions may change as well

	held     [][]int32 // by broker: the partitions it holds, sorted by size
	bound    Cost
	problems []Problem
}

type broker struct {
	Broker
	rack int
	// closed brokers receive nothing; left ones are to hold nothing.
	closed, left bool
	load
	// peak is what its disk holds before anything is freed, usable what it may.
	peak, usable int64
	// share is its part of all bytes and of all traffic, relative to the mean.
	share, netShare float64
}

// load is what a broker carries.
type load struct {
	replicas, leaders int
	bytes, network    int64
}

type part struct {
	*Partition
	// now and before are brokers, the preferred leader first.
	now, before []int32
	stuck       bool // has a problem, or is busy: nothing moves it
}

func newBoard(c Cluster, o Options, op Operation) *board {
	b := &board{opts: o, index: make(map[int32]int, len(c.Brokers)), all: op == Rebalance || op == Lead}
	b.addBrokers(c.Brokers, op)
	b.addPartitions(c.Partitions)
	b.share()
	return b
}

func (b *board) addBrokers(brokers []Broker, op Operation) {
	racks := map[string]int{}
	sorted := slices.SortedFunc(slices.Values(brokers), func(x, y Broker) int { return cmp.Compare(x.ID, y.ID) })
	for i, given := range sorted {
		if _, known := racks[given.Rack]; !known {
			racks[given.Rack] = len(racks)
		}
		n := broker{Broker: given, rack: racks[given.Rack], usable: -1}
		n.closed = given.State == Dead || given.State == Draining
		n.left = given.State == Dead || given.State == Draining && op != Repair
		if given.Capacity > 0 {
			n.usable = int64(float64(given.Capacity) * (1 - b.opts.Headroom))
		}
		b.brokers = append(b.brokers, n)
		b.index[given.ID] = i
		if !n.closed {
			b.open = append(b.open, i)
		}
	}
	b.rackSize = make([]int, len(racks))
	for _, i := range b.open {
		if b.rackSize[b.brokers[i].rack]++; b.rackSize[b.brokers[i].rack] == 1 {
			b.racks++
		}
	}
}

func (b *board) addPartitions(partitions []Partition) {
	sorted := make([]*Partition, len(partitions))
	replicas := 0
	for i := range partitions {
		sorted[i] = &partitions[i]
		replicas += len(partitions[i].Replicas)
	}
	slices.SortFunc(sorted, func(x, y *Partition) int {
		return cmp.Or(strings.Compare(x.Topic, y.Topic), cmp.Compare(x.Number, y.Number))
	})
	b.parts = make([]part, len(sorted))
	b.held = make([][]int32, len(b.brokers))
	flat := make([]int32, 0, 2*replicas)
	indices := func(ids []int32) []int32 {
		start := len(flat)
		for _, id := range ids {
			flat = append(flat, int32(b.index[id]))
		}
		return flat[start:len(flat):len(flat)]
	}
	for i, p := range sorted {
		b.parts[i] = part{Partition: p, now: indices(p.Replicas), before: indices(p.Replicas), stuck: p.Reassigning}
		for at, n := range b.parts[i].now {
			b.count(i, int(n), +1)
			b.brokers[n].peak += p.Size
			b.held[n] = append(b.held[n], int32(i))
			if at == 0 {
				b.countLeader(i, int(n), +1)
			}
		}
	}
	for n := range b.held {
		slices.SortFunc(b.held[n], b.bySize)
	}
}

// share weighs the open brokers by their capacities, where all are known.
func (b *board) share() {
	var disk, net int64
	diskKnown, netKnown := true, true
	for _, i := range b.open {
		disk += b.brokers[i].Capacity
		net += b.brokers[i].Network
		diskKnown = diskKnown && b.brokers[i].Capacity > 0
		netKnown = netKnown && b.brokers[i].Network > 0
	}
	for _, i := range b.open {
		n := &b.brokers[i]
		n.share, n.netShare = 1, 1
		if diskKnown {
			n.share = float64(n.Capacity) * float64(len(b.open)) / float64(disk)
		}
		if netKnown {
			n.netShare = float64(n.Network) * float64(len(b.open)) / float64(net)
		}
	}
}

// bySize orders partitions by size and, so that nothing is left to chance, by
// name.
func (b *board) bySize(x, y int32) int {
	return cmp.Or(cmp.Compare(b.parts[x].Size, b.parts[y].Size), cmp.Compare(x, y))
}

func (b *board) count(p, n, by int) {
	l := &b.brokers[n].load
	l.replicas += by
	l.bytes += int64(by) * b.parts[p].Size
	l.network += int64(by) * b.parts[p].In
}

func (b *board) countLeader(p, n, by int) {
	l := &b.brokers[n].load
	l.leaders += by
	l.network += int64(by) * b.parts[p].leading()
}

// leading is what leading costs in network beyond holding a replica: what
// consumers and followers read.
func (p *part) leading() int64 { return p.Out + p.In*int64(len(p.now)-1) }

func (p *part) holds(n int) bool { return slices.Contains(p.now, int32(n)) }

// had tells whether the broker held a replica before the plan.
func (p *part) had(n int) bool { return slices.Contains(p.before, int32(n)) }
