package admin

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/spotguide/spotguide/spotguides/kafka/plan"
)

// A cluster of the runner's test: each of its steps takes one of the errors, the
// last step ends the plan.
type scripted struct {
	t       *testing.T
	steps   []error
	latency time.Duration
	slow    time.Duration // once a step was made
	short   int
	kept    *State
	paces   []Pace
}

func (c *scripted) Step(_ context.Context, s State) (State, error) {
	if c.kept == nil || c.kept.Pace != s.Pace {
		c.t.Errorf("step from %+v, and kept is %+v", s, c.kept)
	}
	c.paces = append(c.paces, s.Pace)
	c.latency = c.slow
	err := c.steps[0]
	if c.steps = c.steps[1:]; len(c.steps) == 0 {
		s.Phase = Done
	}
	s.Left++
	s.Underway = 1
	return s, err
}

func (c *scripted) Latency(context.Context) (time.Duration, error)        { return c.latency, nil }
func (c *scripted) Short(context.Context, plan.Plan) (short int, _ error) { return c.short, nil }

func TestRunner(t *testing.T) {
	ms := time.Millisecond
	tests := []struct {
		name  string
		slow  time.Duration
		short int
		want  []int // concurrent moves, by step
	}{
		{"clients notice nothing", 10 * ms, 0, []int{4, 4, 6, 8, 10}},
		{"clients begin to notice", 15 * ms, 0, []int{4, 4, 4, 4, 4}},
		{"clients suffer", 30 * ms, 0, []int{4, 4, 2, 1, 1}},
		{"others are short of replicas", 10 * ms, 1, []int{4, 4, 1, 1, 1}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := &scripted{t: t, steps: []error{nil, nil, errors.New("once"), nil, nil}, latency: 10 * ms, slow: test.slow, short: test.short}
				var told []error
				r := Runner{Cluster: c, Limits: Limits{MinMoves: 1, MaxMoves: 20}, Every: time.Second, Adapts: time.Second,
					Keep: func(_ context.Context, s State) error { c.kept = &s; return nil },
					Tell: func(_ State, err error) { told = append(told, err) },
				}
				s, err := r.Run(t.Context(), NewState(plan.Plan{}, Pace{Moves: 4}))
				if err != nil || s.Phase != Done || c.kept.Phase != Done || s.Usual != 10*ms {
					t.Errorf("%v %+v", err, s)
				}
				var moves []int
				for _, p := range c.paces {
					moves = append(moves, p.Moves)
				}
				if diff := cmp.Diff(test.want, moves); diff != "" {
					t.Error(diff)
				}
				if i := slices.IndexFunc(told, func(err error) bool { return err != nil }); i != 2 {
					t.Errorf("told %v", told)
				}
			})
		})
	}
}

func TestRunnerEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		keep := func(c *scripted) func(context.Context, State) error {
			return func(_ context.Context, s State) error { c.kept = &s; return nil }
		}
		c := &scripted{t: t, steps: []error{&WrongClusterError{"a", "b"}, nil}}
		if _, err := (Runner{Cluster: c, Keep: keep(c)}).Run(t.Context(), NewState(plan.Plan{}, Pace{})); err == nil || len(c.steps) != 1 {
			t.Errorf("went on in another cluster: %v", err)
		}
		full := errors.New("disk full")
		c = &scripted{t: t, steps: []error{nil}}
		if _, err := (Runner{Cluster: c, Keep: func(context.Context, State) error { return full }}).Run(t.Context(), State{Progress: Progress{Phase: Moving}}); !errors.Is(err, full) || len(c.steps) != 1 {
			t.Errorf("stepped without keeping: %v", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer cancel()
		c = &scripted{t: t, steps: make([]error, 9)}
		s, err := (Runner{Cluster: c, Keep: keep(c)}).Run(ctx, State{Progress: Progress{Phase: Moving}})
		if !errors.Is(err, context.DeadlineExceeded) || s.Left != 2 || len(c.steps) != 7 {
			t.Errorf("%v after %+v", err, s)
		}
	})
}
