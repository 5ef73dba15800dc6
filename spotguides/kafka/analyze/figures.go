package analyze

import (
	"slices"

	"github.com/spotguide/spotguide/spotguides/kafka/admin"
)

// Figures sums an observation up. Brokers that are leaving are to be empty.
func Figures(o admin.Observation, leaving []int32) map[string]float64 {
	replicas, leaders, gone := map[int32]int{}, map[int32]int{}, map[int32]bool{}
	for _, b := range o.Brokers {
		if b.Fenced {
			gone[b.ID] = true
			continue
		}
		replicas[b.ID], leaders[b.ID] = 0, 0
	}
	alive, moving, minimum := len(replicas), 0, true
	for _, p := range o.Partitions {
		for _, id := range p.Replicas {
			if _, serves := replicas[id]; serves {
				replicas[id]++
			} else {
				gone[id] = true
			}
		}
		if _, serves := leaders[p.Leader]; serves {
			leaders[p.Leader]++
		}
		if p.Reassigning() {
			moving++
		}
		minimum = minimum && p.MinInSync > 0 // 0: the topic did not tell
	}
	h := o.Health()
	f := map[string]float64{
		"brokersAlive": float64(alive), "brokersGone": float64(len(gone)), "reassigning": float64(moving),
		"offlinePartitions": float64(len(h.Offline)), "underReplicated": float64(len(h.UnderReplicated)),
	}
	total, empty, left := 0, 0, 0
	for id, n := range replicas {
		if total += n; n == 0 && !slices.Contains(leaving, id) {
			empty++
		}
	}
	holding := missing(o)
	for _, b := range o.Brokers {
		if b.Fenced && !slices.Contains(holding, b.ID) {
			left++
		}
	}
	f["brokersEmpty"], f["brokersLeft"] = 0, float64(left)
	if total >= alive { // else there is nothing for it
		f["brokersEmpty"] = float64(empty)
	}
	if minimum {
		f["underMinIsr"] = float64(len(h.UnderMinimum))
	}
	for _, id := range leaving { // they are to hold nothing, which is not uneven
		delete(replicas, id)
		delete(leaders, id)
	}
	skew(f, "replica", replicas)
	skew(f, "leader", leaders)
	disks(f, o.Brokers)
	needed(f, o, leaving)
	return f
}

// needed are the leaving brokers that hold replicas or are controllers, too.
func needed(f map[string]float64, o admin.Observation, leaving []int32) {
	if len(leaving) > 0 && len(o.Quorum.Voters) == 0 {
		return // nobody tells who the controllers are
	}
	count := 0
	for _, id := range leaving {
		holds := func(p admin.Partition) bool { return slices.Contains(p.Replicas, id) || slices.Contains(p.InSync, id) }
		votes := func(v admin.Voter) bool { return v.ID == id }
		if slices.ContainsFunc(o.Partitions, holds) || slices.ContainsFunc(o.Quorum.Voters, votes) {
			count++
		}
	}
	f["brokersLeaving"] = float64(count)
}

// removed counts the brokers beyond the number that there are to be that are still
// registered, are gone and hold nothing.
func removed(o admin.Observation, brokers int32) float64 {
	count, holding := 0, missing(o)
	for _, b := range o.Brokers {
		if b.Fenced && b.ID >= brokers && !slices.Contains(holding, b.ID) {
			count++
		}
	}
	return float64(count)
}

// skew is the most over the average, and less the average.
func skew(f map[string]float64, name string, counts map[int32]int) {
	most, total := 0, 0
	for _, n := range counts {
		most, total = max(most, n), total+n
	}
	if total > 0 {
		f[name+"Skew"] = float64(most) * float64(len(counts)) / float64(total)
	}
	if len(counts) > 0 {
		f[name+"Excess"] = float64(most) - float64(total)/float64(len(counts))
	}
}

// disks are known when all brokers that serve have told of theirs.
func disks(f map[string]float64, brokers []admin.Broker) {
	offline, used, sized := 0, 0.0, true
	for _, b := range brokers {
		if b.Fenced {
			continue
		}
		if len(b.Dirs) == 0 {
			return
		}
		for _, d := range b.Dirs {
			switch {
			case d.Err != nil:
				offline++
			case d.Total <= 0 || d.Usable < 0:
				sized = false
			default:
				used = max(used, 1-float64(d.Usable)/float64(d.Total))
			}
		}
	}
	if !slices.ContainsFunc(brokers, func(b admin.Broker) bool { return !b.Fenced }) {
		return
	}
	f["offlineDirs"] = float64(offline)
	if sized {
		f["diskUsed"] = used
	}
}
