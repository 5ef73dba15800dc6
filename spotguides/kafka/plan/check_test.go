package plan_test

import (
	"fmt"
	"slices"

	"github.com/spotguide/spotguide/spotguides/kafka/plan"
)

// hardProblems tells, with none of the planner's own code, what a plan does to
// the hard goals, and whether its batches do just what they say.
func hardProblems(s situation, p plan.Plan) []string {
	var found []string
	brokers := map[int32]plan.Broker{}
	racks := map[string]int{}
	for _, b := range s.cluster.Brokers {
		brokers[b.ID] = b
		if b.State == plan.Alive || b.State == plan.New {
			racks[b.Rack]++
		}
	}
	parts := map[plan.ID]plan.Partition{}
	disk := map[int32]int64{}
	for _, part := range s.cluster.Partitions {
		parts[plan.ID{Topic: part.Topic, Partition: part.Number}] = part
		for _, id := range part.Replicas {
			disk[id] += part.Size
		}
	}
	seen := map[plan.ID]bool{}
	for _, batch := range p.Batches {
		for _, m := range batch.Moves {
			report := func(format string, args ...any) {
				found = append(found, fmt.Sprintf("%v %v -> %v: ", m.ID, m.From, m.To)+fmt.Sprintf(format, args...))
			}
			part := parts[m.ID]
			if seen[m.ID] || !slices.Equal(m.From, part.Replicas) {
				report("moved twice, or from where it is not")
			}
			seen[m.ID] = true
			if want := factorOf(s, part); len(m.To) != want {
				report("%d replicas instead of %d", len(m.To), want)
			}
			for i, id := range m.To {
				if slices.Contains(m.To[:i], id) {
					report("broker %d twice", id)
				}
			}
			for _, id := range m.Adding() {
				disk[id] += part.Size
				if b := brokers[id]; b.State != plan.Alive && b.State != plan.New {
					report("onto broker %d, which is %s", id, b.State)
				}
				if s.request.Operation == plan.Add && brokers[id].State != plan.New {
					report("onto broker %d, which is not new", id)
				}
			}
			if before, after := span(m.From, brokers), span(m.To, brokers); after < min(before, len(racks), len(m.To)) {
				report("in %d racks instead of %d", after, before)
			}
			most, room := fullest(m.To, brokers), evenly(len(m.To), racks)
			if most > max(room, fullest(m.From, brokers)) {
				report("%d replicas in one rack, %d would do", most, room)
			}
			if s.request.Operation != plan.Lead && most > room {
				report("%d replicas in one rack, %d would do", most, room)
			}
		}
	}
	for id, used := range disk {
		if limit := float64(brokers[id].Capacity) * 0.8; float64(used) > limit && len(p.Batches) > 0 && used > heldBefore(s.cluster, id) {
			found = append(found, fmt.Sprintf("broker %d is filled with %d of %d bytes", id, used, int64(limit)))
		}
	}
	return found
}

func factorOf(s situation, p plan.Partition) int {
	if factor, asked := s.request.Replication[p.Topic]; asked {
		return factor
	}
	return len(p.Replicas)
}

func heldBefore(c plan.Cluster, id int32) (bytes int64) {
	for _, p := range c.Partitions {
		if slices.Contains(p.Replicas, id) {
			bytes += p.Size
		}
	}
	return bytes
}

func perRack(ids []int32, brokers map[int32]plan.Broker) map[string]int {
	count := map[string]int{}
	for _, id := range ids {
		count[brokers[id].Rack]++
	}
	return count
}

func span(ids []int32, brokers map[int32]plan.Broker) int { return len(perRack(ids, brokers)) }

func fullest(ids []int32, brokers map[int32]plan.Broker) (most int) {
	for _, n := range perRack(ids, brokers) {
		most = max(most, n)
	}
	return most
}

// evenly is the most replicas that one rack has to hold.
func evenly(factor int, racks map[string]int) int {
	for most := 1; ; most++ {
		places := 0
		for _, size := range racks {
			places += min(size, most)
		}
		if places >= factor || most > factor {
			return most
		}
	}
}

// stranded is what dead and draining brokers hold and another broker could
// still copy.
func stranded(c plan.Cluster) (cost plan.Cost) {
	states := map[int32]plan.State{}
	for _, b := range c.Brokers {
		states[b.ID] = b.State
	}
	for _, p := range c.Partitions {
		gone, dead := 0, 0
		for _, id := range p.Replicas {
			if states[id] == plan.Dead || states[id] == plan.Draining {
				gone++
			}
			if states[id] == plan.Dead {
				dead++
			}
		}
		if dead < len(p.Replicas) {
			cost.Replicas += gone
			cost.Bytes += int64(gone) * p.Size
		}
	}
	return cost
}

// leastToFill is the least number of replicas that must move until old brokers
// hold at most the mean, rounded up, and new ones at least the mean, rounded
// down.
func leastToFill(c plan.Cluster) int {
	held, total := map[int32]int{}, 0
	for _, p := range c.Partitions {
		for _, id := range p.Replicas {
			held[id]++
			total++
		}
	}
	n := len(c.Brokers)
	low, high, surplus, deficit := total/n, (total+n-1)/n, 0, 0
	for _, b := range c.Brokers {
		if b.State == plan.New {
			deficit += max(0, low-held[b.ID])
		} else {
			surplus += max(0, held[b.ID]-high)
		}
	}
	return max(surplus, deficit)
}

// grains are the largest partition and the heaviest leadership.
func grains(c plan.Cluster) (size, traffic int64) {
	for _, p := range c.Partitions {
		size = max(size, p.Size)
		traffic = max(traffic, p.In+p.Out+p.In*int64(len(p.Replicas)))
	}
	return size, traffic
}

// forcedByRacks is the imbalance that cannot be helped where every rack must
// hold a replica of every partition and one has fewer brokers than others.
func forcedByRacks(c plan.Cluster) float64 {
	racks, open := map[string]int{}, 0
	for _, b := range c.Brokers {
		if b.State == plan.Alive || b.State == plan.New {
			racks[b.Rack]++
			open++
		}
	}
	forced := 1.0
	if len(c.Partitions[0].Replicas) >= len(racks) {
		for _, size := range racks {
			forced = max(forced, float64(open)/float64(len(racks)*size))
		}
	}
	return forced
}
