package heal

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spotguide/spotguide/spotguides/kafka/admin"
	"github.com/spotguide/spotguide/spotguides/kafka/plan"
)

// The operations that rules may ask for, one at a time.
const (
	// Repair makes what is on brokers that are gone anew on others.
	Repair = "repair"
	// Fill gives brokers that hold nothing their share.
	Fill = "fill"
	// Rebalance evens replicas, bytes and leaders out.
	Rebalance = "rebalance"
	// Lead evens out who leads, and copies nothing.
	Lead = "lead"
	// Drain empties brokers that are to leave.
	Drain = "drain"
	// Forget unregisters brokers that are gone and hold nothing.
	Forget = "forget"
	// Finalize switches on what the release of all nodes brings.
	Finalize = "finalize"
)

// Operations are all of them.
func Operations() []string { return []string{Repair, Fill, Rebalance, Lead, Drain, Forget, Finalize} }

// What waiting helps against.
var (
	errMoving = errors.New("replicas are being moved by somebody else")
	errShort  = errors.New("nothing leaves before all replicas are in sync")
)

// Intend says what an operation comes to in a cluster as it is: nothing where there
// is nothing to do. The error says why it must not be done now.
func Intend(operation string, o admin.Observation, leaving []int32) (Want, error) {
	holding := held(o)
	away := Memory{}.look(time.Time{}, o).Gone // since when does not matter
	if len(away)*2 >= len(alive(o))+len(away) {
		return Want{}, fmt.Errorf("brokers %v are gone, half of all or more: bring some back", ids(away))
	}
	if slices.ContainsFunc(o.Partitions, admin.Partition.Reassigning) {
		return Want{}, errMoving
	}
	switch operation {
	case Repair:
		lost := slices.DeleteFunc(ids(away), func(id int32) bool { return holding[id] == 0 })
		if len(lost) > 0 {
			return Want{Operation: plan.Repair, Draining: leaving, Reason: fmt.Sprintf("brokers %v are gone", lost)}, nil
		}
	case Fill:
		if w := (Policy{Draining: leaving}).shift(o, holding); w.Operation == plan.Add {
			return w, nil
		}
	case Rebalance, Lead:
		if n := len(o.Health().UnderReplicated); n > 0 {
			return Want{}, fmt.Errorf("%d partitions are short of replicas: nothing is evened out before they have them", n)
		}
		return Want{Operation: plan.Operation(operation), Draining: leaving, Reason: "the cluster is uneven"}, nil
	case Drain:
		return drain(o, holding, leaving)
	case Forget:
		return Want{}, nil
	default:
		return Want{}, fmt.Errorf("operation %q is none of %v", operation, Operations())
	}
	return Want{}, nil
}

// drain empties brokers that leave, unless they are controllers, too.
func drain(o admin.Observation, holding map[int32]int, leaving []int32) (Want, error) {
	full := slices.DeleteFunc(slices.Clone(leaving), func(id int32) bool { return holding[id] == 0 })
	for _, v := range o.Quorum.Voters {
		if slices.Contains(leaving, v.ID) {
			return Want{}, fmt.Errorf("broker %d is a controller, too: how many there are was settled when the cluster was made", v.ID)
		}
	}
	if len(full) == 0 {
		return Want{}, nil
	}
	if err := refusal(o, leaving); err != nil {
		return Want{}, err
	}
	if n := len(o.Health().UnderReplicated); n > 0 {
		return Want{}, fmt.Errorf("%d partitions are short of replicas: %w", n, errShort)
	}
	return Want{Operation: plan.Drain, Draining: leaving, Reason: fmt.Sprintf("brokers %v are to leave", leaving)}, nil
}

// refusal is why brokers cannot leave whatever is moved: nil where they can, as far as
// that shows without a plan.
func refusal(o admin.Observation, leaving []int32) error {
	rest := 0
	for _, id := range alive(o) {
		if !slices.Contains(leaving, id) {
			rest++
		}
	}
	// The first topic in want of most is named.
	var worst string
	need, topics := 0, map[string]bool{}
	for _, p := range o.Partitions {
		n := max(len(p.Replicas)-len(p.Adding), p.MinInSync)
		if n <= rest {
			continue
		}
		topics[p.Topic] = true
		if n > need {
			need, worst = n, p.Topic
		}
	}
	if len(topics) == 0 {
		return nil
	}
	others := ""
	switch n := len(topics) - 1; {
	case n == 1:
		others = ", and so does another topic"
	case n > 1:
		others = fmt.Sprintf(", and so do %d other topics", n)
	}
	return fmt.Errorf("brokers %v cannot leave: topic %s needs %d brokers for its replicas%s; %d would be left: lower its replicas first, or keep the brokers",
		leaving, worst, need, others, rest)
}

// left are the brokers that are registered, gone, and hold nothing.
func left(o admin.Observation) (gone []int32) {
	holding := held(o)
	for _, b := range o.Brokers {
		if b.Fenced && holding[b.ID] == 0 {
			gone = append(gone, b.ID)
		}
	}
	return gone
}

// part is the beginning of a plan, of so many partitions at most, and whether it is
// less than the whole.
func part(p plan.Plan, most int) (plan.Plan, bool) {
	room, rest := most, 0
	var batches []plan.Batch
	moved := map[plan.ID]bool{}
	cost := plan.Cost{Leaders: p.Cost.Leaders}
	for _, b := range p.Batches {
		n := min(room, len(b.Moves))
		room, rest = room-n, rest+len(b.Moves)-n
		if n == 0 {
			continue
		}
		batches = append(batches, plan.Batch{Moves: b.Moves[:n]})
		for _, m := range b.Moves[:n] {
			moved[m.ID] = true
			cost.Partitions++
			cost.Replicas += len(m.Adding())
			cost.Bytes += m.Bytes
		}
	}
	if rest == 0 {
		return p, false
	}
	p.Batches, p.Cost = batches, cost
	p.Elections = slices.DeleteFunc(slices.Clone(p.Elections), func(id plan.ID) bool { return !moved[id] })
	return p, true
}
