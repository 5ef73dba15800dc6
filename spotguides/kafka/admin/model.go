package admin

import (
	"slices"

	"github.com/spotguide/spotguide/spotguides/kafka/plan"
)

// Knowledge is what brokers do not tell about themselves.
type Knowledge struct {
	// New and Draining brokers are to be filled and emptied.
	New, Draining []int32
	// Capacity is the size of the brokers' disks in bytes, where the volume that
	// the broker sees is not its own. Network is their bytes per second.
	Capacity, Network map[int32]int64
	// Racks are those of brokers that are registered no more.
	Racks map[int32]string
	// Rates are the partitions' traffic.
	Rates map[plan.ID]Rates
}

// Rates are what producers write and consumers read, in bytes per second.
type Rates struct{ In, Out int64 }

// Model is the observed cluster as the planner takes it. Fenced brokers are
// dead, and so are those that hold replicas and are not registered; cordoned
// ones are draining, for they take no replicas.
func (o Observation) Model(k Knowledge) plan.Cluster {
	var c plan.Cluster
	known := map[int32]bool{}
	for _, b := range o.Brokers {
		known[b.ID] = true
		c.Brokers = append(c.Brokers, b.model(k))
	}
	for _, p := range o.Partitions {
		replicas := settled(p)
		for _, id := range replicas {
			if !known[id] {
				known[id] = true
				c.Brokers = append(c.Brokers, plan.Broker{ID: id, Rack: k.Racks[id], State: plan.Dead})
			}
		}
		rates := k.Rates[p.ID]
		c.Partitions = append(c.Partitions, plan.Partition{Topic: p.Topic, Number: p.Partition, Replicas: replicas, Leader: p.Leader,
			InSync: slices.Clone(p.InSync), MinInSync: p.MinInSync, Size: p.Size, In: rates.In, Out: rates.Out, Reassigning: p.Reassigning()})
	}
	return c
}

// settled are the replicas of a partition, those being added apart.
func settled(p Partition) []int32 {
	return slices.DeleteFunc(slices.Clone(p.Replicas), func(id int32) bool { return slices.Contains(p.Adding, id) })
}

func (b Broker) model(k Knowledge) plan.Broker {
	m := plan.Broker{ID: b.ID, Rack: b.Rack, State: plan.Alive, Capacity: k.Capacity[b.ID], Network: k.Network[b.ID]}
	cordoned := len(b.Dirs) > 0 && !slices.ContainsFunc(b.Dirs, func(d LogDir) bool { return !d.Cordoned })
	switch {
	case b.Fenced:
		m.State = plan.Dead
	case slices.Contains(k.Draining, b.ID) || cordoned:
		m.State = plan.Draining
	case slices.Contains(k.New, b.ID):
		m.State = plan.New
	}
	if m.Capacity == 0 {
		for _, d := range b.Dirs {
			m.Capacity += max(0, d.Total)
		}
	}
	return m
}

// Health is what is wrong with an observed cluster's partitions.
type Health struct {
	// Offline partitions have no leader, UnderReplicated fewer replicas in sync
	// than replicas, UnderMinimum fewer than min.insync.replicas.
	Offline, UnderReplicated, UnderMinimum []plan.ID
}

// Health sums up the partitions. Replicas that are only being added do not
// count.
func (o Observation) Health() Health {
	var h Health
	for _, p := range o.Partitions {
		inSync := 0
		for _, id := range settled(p) {
			if slices.Contains(p.InSync, id) {
				inSync++
			}
		}
		if p.Leader < 0 {
			h.Offline = append(h.Offline, p.ID)
		}
		if inSync < len(settled(p)) {
			h.UnderReplicated = append(h.UnderReplicated, p.ID)
		}
		if len(p.InSync) < p.MinInSync {
			h.UnderMinimum = append(h.UnderMinimum, p.ID)
		}
	}
	return h
}

// IDs are those of the brokers.
func (o Observation) IDs() []int32 {
	var ids []int32
	for _, b := range o.Brokers {
		ids = append(ids, b.ID)
	}
	return ids
}

// Empty are the brokers that serve and hold no replica, nor are to get one.
func (o Observation) Empty() []int32 {
	used := map[int32]bool{}
	for _, p := range o.Partitions {
		for _, id := range p.Replicas {
			used[id] = true
		}
	}
	var ids []int32
	for _, b := range o.Brokers {
		if !b.Fenced && !used[b.ID] {
			ids = append(ids, b.ID)
		}
	}
	return ids
}
