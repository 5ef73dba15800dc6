package pipeline

import (
	"fmt"
	"time"

	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/spotguides/guide"
)

// State is how far a Job is.
type State int

// The states.
const (
	Absent    State = iota // there is no such Job
	Unknown                // nobody can tell yet
	Running                // it has not ended
	Succeeded              // it has ended well
	Failed                 // it has ended otherwise
)

// Sight is what is seen of a Job.
type Sight struct {
	State                 State
	StartedAt, FinishedAt time.Time
	Message               string // why it failed, or what it waits for
}

// Decision is what to do next in a stage. At most one of Start, Wait and Failed
// is set; none when all its steps have succeeded, or may fail.
type Decision struct {
	Start  *status.Step // run its Job
	Wait   *status.Step // it runs
	Failed *status.Step // and the others do not run
	// Told are steps that have failed just now without consequence.
	Told []*status.Step
}

// Done tells that nothing is left to do.
func (d Decision) Done() bool { return d.Start == nil && d.Wait == nil && d.Failed == nil }

// Next brings the steps of a stage up to what is seen of their Jobs, in place, and
// decides. mayFail tells of steps whose failure is only told.
func Next(steps []status.Step, stage guide.Stage, see func(job string) Sight, mayFail func(step string) bool) (d Decision) {
	for i := range steps {
		s := &steps[i]
		if s.Stage != string(stage) {
			continue
		}
		before := s.Phase
		if s.Phase == status.StepPending || s.Phase == status.StepRunning {
			seen := see(s.Job)
			take(s, seen)
			if seen.State == Unknown {
				d.Wait = s
				return d
			}
		}
		switch {
		case s.Phase == status.StepPending:
			d.Start = s
			return d
		case s.Phase == status.StepRunning:
			d.Wait = s
			return d
		case s.Phase == status.StepFailed && !mayFail(s.Name):
			d.Failed = s
			return d
		case s.Phase == status.StepFailed && before != s.Phase:
			d.Told = append(d.Told, s)
		}
	}
	return d
}

// take takes over what is seen of a step that has not ended.
func take(s *status.Step, seen Sight) {
	switch seen.State {
	case Unknown:
		return
	case Absent:
		if s.Phase == status.StepRunning {
			s.Phase, s.Message = status.StepFailed, fmt.Sprintf("its Job %s was taken away before it ended", s.Job)
		}
		return
	case Running:
		s.Phase, s.Message = status.StepRunning, seen.Message
	case Succeeded:
		s.Phase, s.Message = status.StepSucceeded, ""
	case Failed:
		s.Phase, s.Message = status.StepFailed, seen.Message
	}
	s.StartedAt, s.FinishedAt = seen.StartedAt, seen.FinishedAt
}

// Position is "step migrate (2 of 3)".
func Position(steps []status.Step, name string) string {
	for i, s := range steps {
		if s.Name == name {
			return fmt.Sprintf("step %s (%d of %d)", name, i+1, len(steps))
		}
	}
	return "step " + name
}
