package admin

import (
	"slices"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/spotguide/spotguide/spotguides/kafka/plan"
)

// Phase is how far a plan has got.
type Phase string

// Moving goes through the batches, Electing is what follows them; Done and
// Cancelled are the ends.
const (
	Moving    Phase = "moving"
	Electing  Phase = "electing"
	Done      Phase = "done"
	Cancelled Phase = "cancelled"
)

// State is a plan being carried out. It is a value that can be kept as JSON and
// taken up again, by another process too.
type State struct {
	Plan  plan.Plan `json:"plan"`
	Phase Phase     `json:"phase"`
	// Batch is the one at work.
	Batch int  `json:"batch"`
	Pace  Pace `json:"pace"`
	// Left and Underway count what is still to be moved in the batch, and what
	// is being copied, as of the last step.
	Left     int `json:"left"`
	Underway int `json:"underway"`
	// Skipped are partitions that could not be moved or led as planned, and why.
	Skipped []Skipped `json:"skipped,omitempty"`
}

// Skipped is a partition that a plan left as it was.
type Skipped struct {
	plan.ID
	Reason string `json:"reason"`
}

// NewState is a plan at its beginning.
func NewState(p plan.Plan, pace Pace) State { return State{Plan: p, Phase: Moving, Pace: pace} }

// Finished tells whether nothing is left to be done.
func (s State) Finished() bool { return s.Phase == Done || s.Phase == Cancelled }

// skip notes a partition once.
func (s *State) skip(id plan.ID, reason string) {
	if !slices.ContainsFunc(s.Skipped, func(k Skipped) bool { return k.ID == id }) {
		s.Skipped = append(slices.Clone(s.Skipped), Skipped{id, reason})
	}
}

func (s State) skipped(id plan.ID) bool {
	return slices.ContainsFunc(s.Skipped, func(k Skipped) bool { return k.ID == id })
}

// standing is how a batch stands.
type standing struct {
	// waiting moves are still to be started, underway are being copied, gone
	// are those whose partition is no more.
	waiting, underway, gone []plan.Move
}

// stand compares a batch with the cluster: topics as they are, reassignments as
// they are under way.
func stand(moves []plan.Move, topics kadm.TopicDetails, moving kadm.ListPartitionReassignmentsResponses) standing {
	var s standing
	for _, m := range moves {
		now, exists := topics[m.Topic].Partitions[m.Partition]
		_, busy := moving[m.Topic][m.Partition]
		switch {
		case !exists:
			s.gone = append(s.gone, m)
		case busy:
			s.underway = append(s.underway, m)
		case !slices.Equal(now.Replicas, m.To):
			s.waiting = append(s.waiting, m)
		}
	}
	return s
}

// topicsOf are the topics of moves, sorted.
func topicsOf(moves []plan.Move) []string {
	var names []string
	for _, m := range moves {
		names = append(names, m.Topic)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
