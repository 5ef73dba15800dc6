package plan

import "slices"

// Figures are how a cluster stands by each goal. Only brokers that may receive
// replicas count for the spreads.
type Figures struct {
	Replicas Spread `json:"replicas"`
	Bytes    Spread `json:"bytes"`
	Leaders  Spread `json:"leaders"`
	Network  Spread `json:"network"`
	// Stranded are replicas on dead and draining brokers, Crowded partitions
	// that share racks more than they have to, Full brokers whose disk is filled
	// beyond its headroom.
	Stranded int `json:"stranded"`
	Crowded  int `json:"crowded"`
	Full     int `json:"full"`
}

// Spread is the distribution of a load over brokers.
type Spread struct {
	Min  int64   `json:"min"`
	Max  int64   `json:"max"`
	Mean float64 `json:"mean"`
	// Imbalance is the highest load relative to its broker's fair share: 1 is
	// even.
	Imbalance float64 `json:"imbalance"`
}

func (b *board) figures() Figures {
	even := func(*broker) float64 { return 1 }
	f := Figures{
		Replicas: b.spread(even, func(n *broker) int64 { return int64(n.replicas) }),
		Leaders:  b.spread(even, func(n *broker) int64 { return int64(n.leaders) }),
		Bytes:    b.spread(func(n *broker) float64 { return n.share }, func(n *broker) int64 { return n.bytes }),
		Network:  b.spread(func(n *broker) float64 { return n.netShare }, func(n *broker) int64 { return n.network }),
	}
	for p := range b.parts {
		if b.crowded(p) {
			f.Crowded++
		}
	}
	for n := range b.brokers {
		if b.brokers[n].closed {
			f.Stranded += b.brokers[n].replicas
		} else if b.brokers[n].usable >= 0 && b.brokers[n].bytes > b.brokers[n].usable {
			f.Full++
		}
	}
	return f
}

func (b *board) spread(share func(*broker) float64, of func(*broker) int64) Spread {
	var loads []int64
	sum := int64(0)
	for _, n := range b.open {
		loads = append(loads, of(&b.brokers[n]))
		sum += of(&b.brokers[n])
	}
	s := Spread{Imbalance: 1}
	if len(loads) == 0 {
		return s
	}
	s.Min, s.Max, s.Mean = slices.Min(loads), slices.Max(loads), float64(sum)/float64(len(loads))
	if sum == 0 {
		return s
	}
	s.Imbalance = 0
	for _, n := range b.open {
		s.Imbalance = max(s.Imbalance, float64(of(&b.brokers[n]))/(s.Mean*share(&b.brokers[n])))
	}
	return s
}
