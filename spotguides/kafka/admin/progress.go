package admin

import (
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/spotguide/spotguide/spotguides/kafka/plan"
)

// Phase is how far a plan has got.
type Phase string

// Preparing looks at what there is to keep, Moving goes through the batches,
// Electing is what follows them; Done and Cancelled are the ends.
const (
	Preparing Phase = "preparing"
	Moving    Phase = "moving"
	Electing  Phase = "electing"
	Done      Phase = "done"
	Cancelled Phase = "cancelled"
)

// State is a plan being carried out. It is a value that can be kept as JSON and
// taken up again, by another process too. A plan can be large, and does not
// change: what keeps it apart (PackPlan) writes only the Progress down as it goes.
type State struct {
	Plan plan.Plan `json:"plan"`
	Progress
}

// Progress is how far a plan has got.
type Progress struct {
	Phase Phase `json:"phase"`
	// Batch is the one at work.
	Batch int  `json:"batch"`
	Pace  Pace `json:"pace"`
	// Left and Underway count what is still to be moved in the batch, and what
	// is being copied, as of the last step.
	Left     int `json:"left"`
	Underway int `json:"underway"`
	// Usual is what Latency was before anything was copied, 0 if not known.
	Usual time.Duration `json:"usual,omitempty"`
	// Throttles are others'.
	Throttles Throttles `json:"throttles,omitzero"`
	// Skipped are partitions that could not be moved or led as planned, and why.
	Skipped []Skipped `json:"skipped,omitempty"`

	throttled string // the batch and the rate that this process has set
}

// Skipped is a partition that a plan left as it was.
type Skipped struct {
	plan.ID
	Reason string `json:"reason"`
}

// NewState is a plan at its beginning.
func NewState(p plan.Plan, pace Pace) State {
	return State{Plan: p, Progress: Progress{Phase: Preparing, Pace: pace}}
}

// Finished tells whether nothing is left to be done.
func (s Progress) Finished() bool { return s.Phase == Done || s.Phase == Cancelled }

// moves are those of all batches.
func (s State) moves() []plan.Move {
	var moves []plan.Move
	for _, b := range s.Plan.Batches {
		moves = append(moves, b.Moves...)
	}
	return moves
}

// worth is what is worth to be written down: the rest is found out again.
func (s Progress) worth() string {
	return fmt.Sprint(s.Phase, s.Batch, s.Pace, s.Usual, len(s.Skipped))
}

// skip notes a partition once.
func (s *Progress) skip(id plan.ID, reason string) {
	if !slices.ContainsFunc(s.Skipped, func(k Skipped) bool { return k.ID == id }) {
		s.Skipped = append(slices.Clone(s.Skipped), Skipped{id, reason})
	}
}

func (s Progress) skipped(id plan.ID) bool {
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
