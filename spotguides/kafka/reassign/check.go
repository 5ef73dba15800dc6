package reassign

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spotguide/spotguide/spotguides/kafka/plan"
)

// Check tells, as Problems, all that keeps a file from being carried out on a
// cluster: topics, partitions and brokers that there are not, replicas on
// brokers that are dead or draining and hold none yet, another number of
// replicas unless that is allowed. What the planner's own goals have against it
// is told by plan.Follow.
func Check(f File, c plan.Cluster, allowFactor bool) error {
	topics := map[string]int{}
	partitions := map[plan.ID]*plan.Partition{}
	for i := range c.Partitions {
		p := &c.Partitions[i]
		topics[p.Topic]++
		partitions[plan.ID{Topic: p.Topic, Partition: p.Number}] = p
	}
	brokers := map[int32]plan.State{}
	for _, b := range c.Brokers {
		brokers[b.ID] = b.State
	}
	var problems Problems
	for _, e := range f.Entries {
		for _, message := range checkEntry(e, topics, partitions, brokers, allowFactor) {
			problems = append(problems, Problem{f.Name, e.Line, message})
		}
	}
	if len(problems) > 0 {
		return problems
	}
	return nil
}

func checkEntry(e Entry, topics map[string]int, partitions map[plan.ID]*plan.Partition, brokers map[int32]plan.State, allowFactor bool) []string {
	p := partitions[e.ID]
	switch {
	case topics[e.Topic] == 0:
		return []string{fmt.Sprintf("there is no topic %s", e.Topic)}
	case p == nil:
		return []string{fmt.Sprintf("topic %s has %d partitions, and %d is none of them", e.Topic, topics[e.Topic], e.Partition)}
	}
	var found []string
	name := fmt.Sprintf("partition %s-%d", e.Topic, e.Partition)
	if len(e.Replicas) != len(p.Replicas) && !allowFactor {
		found = append(found, fmt.Sprintf("%s has %d replicas, and would have %d: keep their number, or allow it to change", name, len(p.Replicas), len(e.Replicas)))
	}
	for _, id := range e.Replicas {
		state, known := brokers[id]
		switch {
		case !known:
			found = append(found, fmt.Sprintf("%s: there is no broker %d; there are %s", name, id, list(brokers)))
		case (state == plan.Dead || state == plan.Draining) && !slices.Contains(p.Replicas, id):
			found = append(found, fmt.Sprintf("%s: broker %d is %s", name, id, state))
		}
	}
	return found
}

// list names the brokers, the first of them if they are many.
func list(brokers map[int32]plan.State) string {
	const most = 12
	var ids []int32
	for id := range brokers {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	var names []string
	for _, id := range ids[:min(len(ids), most)] {
		names = append(names, fmt.Sprint(id))
	}
	if len(ids) > most {
		names = append(names, "...")
	}
	return strings.Join(names, ", ")
}
