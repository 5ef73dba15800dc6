package plan

import (
	"errors"
	"fmt"
	"slices"
)

// State says what a broker is good for.
type State string

// Brokers that are alive or new may receive replicas. Draining brokers serve
// until they are empty; dead ones hold nothing that could be copied.
const (
	Alive    State = "alive"
	New      State = "new"
	Draining State = "draining"
	Dead     State = "dead"
)

// Broker is one broker of a cluster.
type Broker struct {
	ID int32 `json:"id"`
	// Rack is its failure domain; brokers without one share the empty one.
	Rack  string `json:"rack,omitempty"`
	State State  `json:"state"`
	// Capacity is the size of its disks in bytes, 0 if that is not known: then
	// no disk is ever found full.
	Capacity int64 `json:"capacity,omitempty"`
	// Network is what it can send and receive in bytes per second, 0 if that is
	// not known. It only weighs brokers against each other.
	Network int64 `json:"network,omitempty"`
}

// Partition is one partition of a topic and where its replicas are.
type Partition struct {
	Topic  string `json:"topic"`
	Number int32  `json:"partition"`
	// Replicas are broker ids, the preferred leader first.
	Replicas []int32 `json:"replicas"`
	// Leader is the broker that leads now, -1 for none.
	Leader int32 `json:"leader"`
	// InSync are the replicas in sync; nil if that is not known, then those on
	// brokers that are not dead are taken for it.
	InSync []int32 `json:"inSync,omitempty"`
	// MinInSync is the topic's min.insync.replicas, 0 if not known.
	MinInSync int `json:"minInSync,omitempty"`
	// Size is that of one replica in bytes.
	Size int64 `json:"size"`
	// In and Out are what producers write and consumers read, in bytes per
	// second.
	In  int64 `json:"in,omitempty"`
	Out int64 `json:"out,omitempty"`
	// Reassigning partitions are left alone.
	Reassigning bool `json:"reassigning,omitempty"`
}

// Cluster is what is planned for. The order of its brokers and partitions means
// nothing.
type Cluster struct {
	Brokers    []Broker    `json:"brokers"`
	Partitions []Partition `json:"partitions"`
}

// Validate tells everything by which the model contradicts itself: ids and
// partitions that are there twice, replicas on brokers that are not listed or
// listed twice, negative sizes.
func (c Cluster) Validate() error {
	var problems []error
	known := make(map[int32]bool, len(c.Brokers))
	for _, b := range c.Brokers {
		switch {
		case known[b.ID]:
			problems = append(problems, fmt.Errorf("broker %d is listed twice", b.ID))
		case !slices.Contains([]State{Alive, New, Draining, Dead}, b.State):
			problems = append(problems, fmt.Errorf("broker %d: state %q is none of alive, new, draining and dead", b.ID, b.State))
		case b.Capacity < 0 || b.Network < 0:
			problems = append(problems, fmt.Errorf("broker %d: a capacity is negative", b.ID))
		}
		known[b.ID] = true
	}
	type key struct {
		topic  string
		number int32
	}
	seen := make(map[key]bool, len(c.Partitions))
	for i := range c.Partitions {
		p := &c.Partitions[i]
		if k := (key{p.Topic, p.Number}); seen[k] {
			problems = append(problems, fmt.Errorf("partition %s-%d is listed twice", p.Topic, p.Number))
		} else {
			seen[k] = true
		}
		if err := p.validate(known); err != nil {
			problems = append(problems, fmt.Errorf("partition %s-%d: %w", p.Topic, p.Number, err))
		}
	}
	return errors.Join(problems...)
}

func (p *Partition) validate(known map[int32]bool) error {
	if len(p.Replicas) == 0 {
		return errors.New("it has no replicas")
	}
	if p.Size < 0 || p.In < 0 || p.Out < 0 {
		return errors.New("its size or a rate is negative")
	}
	for i, id := range p.Replicas {
		if !known[id] {
			return fmt.Errorf("there is no broker %d (list a lost one as dead)", id)
		}
		if slices.Contains(p.Replicas[:i], id) {
			return fmt.Errorf("broker %d holds two of its replicas", id)
		}
	}
	return nil
}
