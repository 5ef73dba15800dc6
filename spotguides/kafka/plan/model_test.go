package plan_test

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/spotguide/spotguide/spotguides/kafka/plan"
)

// A shape tells what cluster to generate.
type shape struct {
	brokers, racks, partitions, factor int
	seed                               uint64
	// messy placements are random within the hard goals; others are Kafka's own.
	messy bool
	// tight disks are just large enough for what there is, with headroom, and
	// half as much again.
	tight bool
}

func (s shape) String() string {
	return fmt.Sprintf("%dx%d-racks-%d-rf%d-messy-%t-tight-%t", s.brokers, s.racks, s.partitions, s.factor, s.messy, s.tight)
}

// generate makes a cluster whose partitions have sizes and rates after Zipf's
// law, cut so that no single one is larger than a tenth of a broker's share.
func generate(s shape) plan.Cluster {
	rnd := rand.New(rand.NewPCG(s.seed, 7))
	var c plan.Cluster
	for i := range s.brokers {
		c.Brokers = append(c.Brokers, plan.Broker{ID: int32(i + 1), Rack: fmt.Sprintf("zone-%d", i%s.racks), State: plan.Alive})
	}
	perTopic := max(12, s.partitions/100)
	largest := 0.1 * float64(s.partitions*s.factor) / float64(s.brokers)
	ranks := rnd.Perm(s.partitions)
	total := 0.0
	for _, rank := range ranks {
		total += 1 / float64(rank+1)
	}
	var bytes int64
	for len(c.Partitions) < s.partitions {
		topic := fmt.Sprintf("topic-%04d", len(c.Partitions)/perTopic)
		n := min(perTopic, s.partitions-len(c.Partitions))
		for number, replicas := range kafkaAssignment(c.Brokers, n, s.factor, rnd.IntN(s.brokers), rnd.IntN(s.brokers)) {
			if s.messy {
				replicas = randomReplicas(rnd, c.Brokers, s.racks, s.factor)
			}
			weight := float64(s.partitions) / float64(ranks[len(c.Partitions)]+1) / total
			size := int64(min(weight, largest) * (1 << 30))
			bytes += size * int64(s.factor)
			c.Partitions = append(c.Partitions, plan.Partition{Topic: topic, Number: int32(number), Replicas: replicas,
				Leader: replicas[0], Size: size, In: size / 1e5, Out: size / 1e5 * int64(1+rnd.IntN(3)), MinInSync: min(2, s.factor)})
		}
	}
	for i := range c.Brokers {
		if c.Brokers[i].Capacity = 1 << 50; s.tight {
			c.Brokers[i].Capacity = int64(math.Ceil(float64(bytes) / float64(s.brokers) / 0.8 * 1.5))
		}
	}
	return c
}

// randomReplicas favours brokers with small ids, so that the cluster is uneven.
func randomReplicas(rnd *rand.Rand, brokers []plan.Broker, racks, factor int) []int32 {
	var ids []int32
	for used := map[string]bool{}; len(ids) < factor; {
		b := brokers[min(rnd.IntN(len(brokers)), rnd.IntN(len(brokers)))]
		if slices.Contains(ids, b.ID) || used[b.Rack] && len(used) < racks {
			continue
		}
		used[b.Rack] = true
		ids = append(ids, b.ID)
	}
	return ids
}

// kafkaAssignment is how Kafka itself assigns a topic's partitions, also when
// asked to --generate: brokers are lined up alternating their racks, the first
// replicas go round that line from a random start, the others follow at a
// distance that grows with each round, skipping racks that have one already.
func kafkaAssignment(brokers []plan.Broker, partitions, factor, start, shift int) [][]int32 {
	line := alternate(brokers)
	racks := map[string]bool{}
	for _, b := range line {
		racks[b.Rack] = true
	}
	n := len(line)
	all := make([][]int32, partitions)
	for p := range all {
		if p > 0 && p%n == 0 {
			shift++
		}
		first := (p + start) % n
		ids, used := []int32{line[first].ID}, map[string]bool{line[first].Rack: true}
		for k := 0; len(ids) < factor; k++ {
			b := line[(first+1+(shift*len(racks)+k)%(n-1))%n]
			if (!used[b.Rack] || len(used) == len(racks)) && !slices.Contains(ids, b.ID) {
				ids, used[b.Rack] = append(ids, b.ID), true
			}
		}
		all[p] = ids
	}
	return all
}

func alternate(brokers []plan.Broker) []plan.Broker {
	byRack := map[string][]plan.Broker{}
	for _, b := range brokers {
		byRack[b.Rack] = append(byRack[b.Rack], b)
	}
	var names []string
	for name := range byRack {
		slices.SortFunc(byRack[name], func(x, y plan.Broker) int { return cmp.Compare(x.ID, y.ID) })
		names = append(names, name)
	}
	slices.Sort(names)
	var line []plan.Broker
	for i := 0; len(line) < len(brokers); i++ {
		for _, name := range names {
			if i < len(byRack[name]) {
				line = append(line, byRack[name][i])
			}
		}
	}
	return line
}

// generated is the cluster as Kafka's --generate would have it on the brokers
// that may hold replicas: where everything was means nothing to it.
func generated(c plan.Cluster, seed uint64) []plan.Assignment {
	rnd := rand.New(rand.NewPCG(seed, 1))
	brokers := slices.DeleteFunc(slices.Clone(c.Brokers), func(b plan.Broker) bool {
		return b.State == plan.Draining || b.State == plan.Dead
	})
	topics := map[string][]plan.Partition{}
	for _, p := range c.Partitions {
		topics[p.Topic] = append(topics[p.Topic], p)
	}
	var all []plan.Assignment
	for topic, parts := range topics {
		for i, replicas := range kafkaAssignment(brokers, len(parts), len(parts[0].Replicas), rnd.IntN(len(brokers)), rnd.IntN(len(brokers))) {
			all = append(all, plan.Assignment{ID: plan.ID{Topic: topic, Partition: int32(i)}, Replicas: replicas})
		}
	}
	return all
}

// withState sets the state of the brokers with these ids.
func withState(c plan.Cluster, state plan.State, ids ...int32) plan.Cluster {
	c.Brokers = slices.Clone(c.Brokers)
	for i := range c.Brokers {
		if slices.Contains(ids, c.Brokers[i].ID) {
			c.Brokers[i].State = state
		}
	}
	return c
}

// withNew adds new brokers, going round the racks.
func withNew(c plan.Cluster, count, racks int) plan.Cluster {
	c.Brokers = slices.Clone(c.Brokers)
	for range count {
		n := len(c.Brokers)
		c.Brokers = append(c.Brokers, plan.Broker{ID: int32(n + 1), Rack: fmt.Sprintf("zone-%d", n%racks), State: plan.New, Capacity: c.Brokers[0].Capacity})
	}
	return c
}
