package plan

import (
	"fmt"
	"slices"
)

// Plan is what is to be done, in order: the batches, each once the one before
// it is done, then the elections.
type Plan struct {
	Operation Operation `json:"operation"`
	Batches   []Batch   `json:"batches"`
	// Elections are the partitions that another replica leads than the first;
	// they need a preferred leader election.
	Elections []ID `json:"elections"`
	// Before and After are the cluster's figures.
	Before Figures `json:"before"`
	After  Figures `json:"after"`
	// Cost is what carrying out the plan takes; Bound is the least that any plan
	// for the same operation could copy, as far as that is known.
	Cost  Cost `json:"cost"`
	Bound Cost `json:"bound"`
	// Problems are what the plan leaves undone.
	Problems []Problem `json:"problems"`
}

// ID names a partition.
type ID struct {
	Topic     string `json:"topic"`
	Partition int32  `json:"partition"`
}

// Batch is what is done at the same time.
type Batch struct {
	Moves []Move `json:"moves"`
}

// Move changes the replicas of one partition.
type Move struct {
	ID
	// From and To are its replicas before and after, the preferred leader first.
	From []int32 `json:"from"`
	To   []int32 `json:"to"`
	// Source is the broker that the new replicas copy from, -1 for none.
	Source int32 `json:"source"`
	// Bytes is what is copied: the partition's size for each added replica.
	Bytes int64 `json:"bytes"`
	// Urgent partitions have fewer replicas in sync than they should.
	Urgent bool `json:"urgent,omitempty"`
}

// Adding are the brokers that get a replica.
func (m Move) Adding() []int32 { return without(m.To, m.From) }

// Removing are the brokers that lose their replica.
func (m Move) Removing() []int32 { return without(m.From, m.To) }

// Assignment is where the replicas of one partition belong, the preferred
// leader first.
type Assignment struct {
	ID
	Replicas []int32 `json:"replicas"`
}

// Cost counts what a plan does: replicas and bytes that are copied, partitions
// touched and preferred leaders changed.
type Cost struct {
	Replicas   int   `json:"replicas"`
	Bytes      int64 `json:"bytes"`
	Partitions int   `json:"partitions"`
	Leaders    int   `json:"leaders"`
}

// Assignments are the plan's partitions as they will be, sorted by topic and
// number.
func (p Plan) Assignments() []Assignment {
	return p.assignments(func(m Move) []int32 { return m.To })
}

// Rollback are the plan's partitions as they were, sorted by topic and number.
// Follow makes a plan of it.
func (p Plan) Rollback() []Assignment {
	return p.assignments(func(m Move) []int32 { return m.From })
}

func (p Plan) assignments(of func(Move) []int32) []Assignment {
	var all []Assignment
	for _, b := range p.Batches {
		for _, m := range b.Moves {
			all = append(all, Assignment{ID: m.ID, Replicas: slices.Clone(of(m))})
		}
	}
	slices.SortFunc(all, func(a, b Assignment) int { return a.Compare(b.ID) })
	return all
}

// Make plans an operation. An error means that the cluster's model or the
// request makes no sense; what merely cannot be done is in the plan's Problems,
// and the rest of the plan is good without it.
func Make(c Cluster, r Request) (Plan, error) {
	if err := c.Validate(); err != nil {
		return Plan{}, fmt.Errorf("the cluster's model: %w", err)
	}
	r.Options = r.withDefaults()
	if err := r.validate(); err != nil {
		return Plan{}, err
	}
	b := newBoard(c, r.Options, r.Operation)
	before := b.figures()
	switch r.Operation {
	case Repair, Drain:
		b.evacuate()
	case Add:
		b.evacuate()
		b.fill()
	case Rebalance:
		b.evacuate()
		b.rebalance()
	case Replicate:
		b.evacuate()
		b.replicate(r.Replication)
	case Lead:
	default:
		return Plan{}, fmt.Errorf("operation %q is none of repair, drain, add, rebalance, replicate and lead", r.Operation)
	}
	b.lead()
	return b.plan(r.Operation, before), nil
}

func without(ids, others []int32) []int32 {
	var left []int32
	for _, id := range ids {
		if !slices.Contains(others, id) {
			left = append(left, id)
		}
	}
	return left
}
