package admin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spotguide/spotguide/spotguides/kafka/plan"
)

// Stepper does one step of a plan and tells how the cluster bears it; a Client
// is one.
type Stepper interface {
	Step(ctx context.Context, s State) (State, error)
	Latency(ctx context.Context) (time.Duration, error)
	Short(ctx context.Context, of plan.Plan) (int, error)
}

var _ Stepper = (*Client)(nil)

// Runner carries a plan out to its end.
type Runner struct {
	Cluster Stepper
	// Limits bound the pace. Without a rate there is no throttle.
	Limits Limits
	// Every is how long it waits between two steps, a second unless given; Adapts
	// is how often the pace is adapted, ten seconds unless given.
	Every, Adapts time.Duration
	// Keep writes a state down. It is called at the beginning, at the end, and
	// when something has changed that could not be found out again.
	Keep func(ctx context.Context, s State) error
	// Tell is told of each step and of what went wrong with it; may be nil.
	Tell func(s State, err error)
}

// Run steps until the plan is finished or ctx ends; the plan goes on then where
// it stands. It fails at once where the state cannot be kept and where the
// brokers are another cluster's. Everything else is tried again.
func (r Runner) Run(ctx context.Context, s State) (State, error) {
	if r.Every == 0 {
		r.Every = time.Second
	}
	if r.Adapts == 0 {
		r.Adapts = 10 * time.Second
	}
	if r.Tell == nil {
		r.Tell = func(State, error) {}
	}
	usual, _ := r.Cluster.Latency(ctx) // of a cluster at rest; unknown is 0
	s.Usual = cmp.Or(s.Usual, usual)
	kept := ""
	for adapted := time.Now(); ; {
		if s.worth() != kept {
			if err := r.Keep(ctx, s); err != nil {
				return s, fmt.Errorf("keep the state of the plan: %w", err)
			}
			kept = s.worth()
		}
		if s.Finished() {
			return s, nil
		}
		before, phase := s.Batch, s.Phase
		next, err := r.Cluster.Step(ctx, s)
		s = next
		if ctx.Err() != nil {
			return s, ctx.Err()
		}
		r.Tell(s, err)
		if wrong := (*WrongClusterError)(nil); errors.As(err, &wrong) {
			return s, err
		}
		if time.Since(adapted) >= r.Adapts {
			s.Pace, adapted = r.adapt(ctx, s), time.Now()
		}
		if err == nil && (before != s.Batch || phase != s.Phase) {
			continue // there is nothing to wait for
		}
		if err := wait(ctx, r.Every); err != nil {
			return s, err
		}
	}
}

// adapt is the next pace; while nothing is known, the pace stays.
func (r Runner) adapt(ctx context.Context, s State) Pace {
	latency, err := r.Cluster.Latency(ctx)
	if err != nil {
		return s.Pace
	}
	short, err := r.Cluster.Short(ctx, s.Plan)
	if err != nil {
		return s.Pace
	}
	return s.Pace.Adapt(r.Limits, Signal{Latency: latency, Usual: s.Usual, Short: short})
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// Short counts the partitions that have fewer replicas in sync than replicas and
// that a plan does not move.
func (c *Client) Short(ctx context.Context, of plan.Plan) (int, error) {
	m, err := c.metadata(ctx)
	if err != nil {
		return 0, err
	}
	moved := map[plan.ID]bool{}
	for _, b := range of.Batches {
		for _, move := range b.Moves {
			moved[move.ID] = true
		}
	}
	short := 0
	for _, topic := range m.Topics {
		for _, p := range topic.Partitions {
			if !moved[plan.ID{Topic: p.Topic, Partition: p.Partition}] && slices.ContainsFunc(p.Replicas, func(id int32) bool { return !slices.Contains(p.ISR, id) }) {
				short++
			}
		}
	}
	return short, nil
}
