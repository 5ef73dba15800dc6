package admin

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/spotguide/spotguide/spotguides/kafka/plan"
)

// Step does what can be done now for a plan and returns the state to keep; it
// does not wait for what it has started. After an error the state returned is
// as good: taking it up again does the same step again.
func (c *Client) Step(ctx context.Context, s State) (State, error) {
	var err error
	switch s.Phase {
	case Preparing:
		var before Throttles
		if before, err = c.throttlesBefore(ctx, s.moves()); err == nil {
			s.Throttles, s.Phase = before, Moving
		}
	case Moving:
		if s.Batch < len(s.Plan.Batches) {
			s, err = c.stepBatch(ctx, s)
		} else {
			s.Phase, s.Left, s.Underway = Electing, 0, 0
		}
	case Electing:
		if s, err = c.elect(ctx, s); err == nil {
			if err = c.clearThrottles(ctx, s); err == nil {
				s.Phase = Done
			}
		}
	case Done, Cancelled:
	default:
		err = fmt.Errorf("phase %q is unknown", s.Phase)
	}
	return s, err
}

// stepBatch starts as many moves of the batch as the pace allows, and goes on
// to the next batch when all are done.
func (c *Client) stepBatch(ctx context.Context, s State) (State, error) {
	moves := s.Plan.Batches[s.Batch].Moves
	now, err := c.stand(ctx, moves)
	if err != nil {
		return s, fmt.Errorf("batch %d: %w", s.Batch, err)
	}
	for _, m := range now.gone {
		s.skip(m.ID, "it is no more")
	}
	var start []plan.Move
	room := max(1, s.Pace.Moves) - len(now.underway)
	s.Left, s.Underway = 0, len(now.underway)
	for _, m := range now.waiting {
		if s.skipped(m.ID) {
			continue
		}
		if s.Left++; len(start) < room {
			start = append(start, m)
		}
	}
	if s.Left+s.Underway == 0 {
		if err := c.listThrottled(ctx, s, moves, nil); err != nil {
			return s, fmt.Errorf("batch %d: clear throttles: %w", s.Batch, err)
		}
		s.Batch++
		return s, nil
	}
	if throttled := fmt.Sprint(s.Batch, s.Pace.Rate); throttled != s.throttled {
		if err := c.throttle(ctx, s, moves); err != nil {
			return s, err
		}
		s.throttled = throttled
	}
	if len(start) == 0 {
		return s, nil
	}
	return c.start(ctx, s, start)
}

func (c *Client) stand(ctx context.Context, moves []plan.Move) (standing, error) {
	topics := topicsOf(moves)
	m, err := c.metadata(ctx, topics...)
	if err != nil {
		return standing{}, err
	}
	set := kadm.TopicsSet{}
	for _, move := range moves {
		set.Add(move.Topic, move.Partition)
	}
	moving, err := c.moving(ctx, set)
	if err != nil {
		return standing{}, err
	}
	return stand(moves, m.Topics, moving), nil
}

// start hands moves to the cluster. What it refuses for good is skipped.
func (c *Client) start(ctx context.Context, s State, moves []plan.Move) (State, error) {
	request := kadm.AlterPartitionAssignmentsReq{}
	for _, m := range moves {
		request.Assign(m.Topic, m.Partition, m.To)
	}
	answers, err := ask(ctx, c, func(ctx context.Context) (kadm.AlterPartitionAssignmentsResponses, error) {
		return c.admin.AlterPartitionAssignments(ctx, request)
	})
	if err != nil {
		return s, fmt.Errorf("batch %d: start %d moves: %w", s.Batch, len(moves), err)
	}
	var problems []error
	for _, a := range answers.Sorted() {
		switch {
		case a.Err == nil:
			s.Left, s.Underway = s.Left-1, s.Underway+1
		case kerr.IsRetriable(a.Err):
			problems = append(problems, fmt.Errorf("move %s-%d: %w: %s", a.Topic, a.Partition, a.Err, a.ErrMessage))
		default:
			s.Left--
			s.skip(plan.ID{Topic: a.Topic, Partition: a.Partition}, reason(a.Err, a.ErrMessage))
		}
	}
	return s, errors.Join(problems...)
}

// elect makes the preferred leaders lead.
func (c *Client) elect(ctx context.Context, s State) (State, error) {
	set := kadm.TopicsSet{}
	for _, id := range s.Plan.Elections {
		if !s.skipped(id) {
			set.Add(id.Topic, id.Partition)
		}
	}
	if len(set) == 0 { // an empty set would mean all partitions
		return s, nil
	}
	results, err := ask(ctx, c, func(ctx context.Context) (kadm.ElectLeadersResults, error) {
		return c.admin.ElectLeaders(ctx, kadm.ElectPreferredReplica, set)
	})
	if err != nil {
		return s, fmt.Errorf("elect %d preferred leaders: %w", len(s.Plan.Elections), err)
	}
	for topic, partitions := range results {
		for number, r := range partitions {
			if r.Err != nil && !errors.Is(r.Err, kerr.ElectionNotNeeded) {
				s.skip(plan.ID{Topic: topic, Partition: number}, reason(r.Err, r.ErrMessage))
			}
		}
	}
	return s, nil
}

func reason(err error, message string) string {
	if message == "" {
		return err.Error()
	}
	return err.Error() + ": " + message
}

// Cancel ends a plan where it is: what is being copied stops, and stays where
// it was before; what was moved stays moved; throttles are cleared.
func (c *Client) Cancel(ctx context.Context, s State) (State, error) {
	now, err := c.stand(ctx, s.moves())
	if err != nil {
		return s, fmt.Errorf("cancel: %w", err)
	}
	if len(now.underway) > 0 {
		request := kadm.AlterPartitionAssignmentsReq{}
		for _, m := range now.underway {
			request.CancelAssign(m.Topic, m.Partition)
		}
		answers, err := ask(ctx, c, func(ctx context.Context) (kadm.AlterPartitionAssignmentsResponses, error) {
			return c.admin.AlterPartitionAssignments(ctx, request)
		})
		if err != nil {
			return s, fmt.Errorf("cancel %d moves: %w", len(now.underway), err)
		}
		for _, a := range answers.Sorted() {
			if a.Err != nil && !errors.Is(a.Err, kerr.NoReassignmentInProgress) {
				return s, fmt.Errorf("cancel the move of %s-%d: %s", a.Topic, a.Partition, reason(a.Err, a.ErrMessage))
			}
		}
	}
	if err := c.clearThrottles(ctx, s); err != nil {
		return s, err
	}
	s.Phase, s.Left, s.Underway = Cancelled, 0, 0
	return s, nil
}
