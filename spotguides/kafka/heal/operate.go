package heal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spotguide/spotguide/spotguides/guide"
	"github.com/spotguide/spotguide/spotguides/kafka/admin"
	"github.com/spotguide/spotguide/spotguides/kafka/plan"
)

const (
	// portion is how many partitions are planned at a time, so that the plan can be
	// written down in a ConfigMap.
	portion = 1500
	// missed is how long a broker that something is copied to may be away until the
	// plan is given up.
	missed = 5 * time.Minute
	// attempts bounds how often plans are given up until the operation is.
	attempts = 5
	// patience is how long somebody else's moves are waited for, silence how long
	// brokers that do not answer, and looks how often is looked.
	patience = 10 * time.Minute
	silence  = time.Minute
	looks    = 5 * time.Second
)

// Operator carries one operation out for an agent.
type Operator struct {
	Client *admin.Client
	// Leaving are brokers that are to go.
	Leaving []int32
	// Moves is how many partitions are copied at the same time at most, 20 unless
	// given; Rate what a broker may copy a second in bytes, 0 for no limit.
	Moves int
	Rate  int64
	// Portion is how many partitions are planned at a time, 1500 unless given.
	Portion int
	guide.Operated
}

// Propose plans the operation and writes the plan down. It is told in a line; ""
// means that there is nothing to do.
func (op Operator) Propose(ctx context.Context) (string, error) {
	if op.Operation == Finalize {
		return op.proposeFinal(ctx)
	}
	made, _, err := op.plan(ctx)
	if err != nil || empty(made) {
		return "", err
	}
	return describe(made), op.save(ctx, admin.NewState(made, op.pace()))
}

// Operate carries the operation out, or goes on with it.
func (op Operator) Operate(ctx context.Context) (string, error) {
	switch op.Operation {
	case Forget:
		return op.forget(ctx)
	case Finalize:
		return op.finalize(ctx)
	}
	s, err := op.begin(ctx)
	if err != nil {
		return "", err
	}
	var done []string
	for givenUp, more := 0, true; more && givenUp < attempts; {
		more = s != nil && op.Resumed // nobody knows whether there was more to it
		if s == nil {
			var made plan.Plan
			if made, more, err = op.await(ctx); err != nil {
				return strings.Join(done, "; "), err
			}
			if empty(made) {
				break
			}
			first := admin.NewState(made, op.pace())
			if err := op.save(ctx, first); err != nil {
				return "", err
			}
			s = &first
		}
		end, err := op.carry(ctx, *s)
		if err != nil {
			return strings.Join(done, "; "), err
		}
		done, s = append(done, outcome(end)), nil
		if end.Phase == admin.Cancelled {
			givenUp, more = givenUp+1, true
		}
		if op.Approved {
			break // of nothing more
		}
		if op.Operation == Drain && !more { // topics may have been made on what leaves
			givenUp, more = givenUp+1, true
		}
	}
	return op.conclude(ctx, done)
}

// begin is the plan that was approved of, or that was begun before; nil for none.
func (op Operator) begin(ctx context.Context) (*admin.State, error) {
	if !op.Resumed && !op.Approved {
		return nil, nil
	}
	if _, is := op.Books[planBook]; !is && !op.Approved {
		return nil, nil // it came to no plan yet
	}
	s, err := op.load()
	switch {
	case err != nil:
		return nil, fmt.Errorf("the plan that was written down: %w", err)
	case op.Resumed:
		return s, nil
	}
	seen, err := op.observe(ctx)
	if err != nil {
		return nil, err
	}
	return s, unchanged(s.Plan, seen)
}

// unchanged holds a plan that a person has approved of against what there is now.
func unchanged(p plan.Plan, seen admin.Observation) error {
	now := map[plan.ID][]int32{}
	for _, part := range seen.Partitions {
		now[part.ID] = part.Replicas
	}
	for _, b := range p.Batches {
		for _, m := range b.Moves {
			if !slices.Equal(now[m.ID], m.From) && !slices.Equal(now[m.ID], m.To) {
				return fmt.Errorf("%s-%d is on brokers %v now and was on %v when the plan was made: another one is made and has to be approved of",
					m.Topic, m.Partition, now[m.ID], m.From)
			}
		}
	}
	return nil
}

// errUnseen is what a later look may help against.
var errUnseen = errors.New("the brokers do not tell how the cluster is")

func (op Operator) observe(ctx context.Context) (admin.Observation, error) {
	seen, err := op.Client.Observe(ctx)
	if err != nil {
		err = fmt.Errorf("%w: %w", errUnseen, err)
	}
	return seen, err
}

// plan looks once and plans a portion.
func (op Operator) plan(ctx context.Context) (plan.Plan, bool, error) {
	seen, err := op.observe(ctx)
	if err != nil {
		return plan.Plan{}, false, err
	}
	want, err := Intend(op.Operation, seen, op.Leaving)
	if err != nil || want.Nothing() {
		return plan.Plan{}, false, err
	}
	made, err := plan.Make(seen.Model(admin.Knowledge{New: want.New, Draining: want.Draining}), plan.Request{Operation: want.Operation})
	switch {
	case err != nil:
		return plan.Plan{}, false, err
	case op.Operation == Drain && made.After.Stranded > 0, empty(made) && len(made.Problems) > 0:
		return plan.Plan{}, false, fmt.Errorf("%s, and that cannot be done%s", want.Reason, problems(made))
	}
	whole := portion
	if op.Portion > 0 {
		whole = op.Portion
	}
	cutOff, cut := part(made, whole)
	return cutOff, cut, nil
}

// await plans, once nobody else moves replicas and brokers answer.
func (op Operator) await(ctx context.Context) (plan.Plan, bool, error) {
	for start := time.Now(); ; {
		made, cut, err := op.plan(ctx)
		waited, wait := time.Since(start), false
		switch {
		case errors.Is(err, errMoving), errors.Is(err, errShort):
			wait = waited < patience
		case errors.Is(err, errUnseen):
			wait = waited < silence
		}
		if !wait || ctx.Err() != nil {
			return made, cut, err
		}
		op.Tell("waits: " + err.Error())
		select {
		case <-ctx.Done():
			return plan.Plan{}, false, ctx.Err()
		case <-time.After(looks):
		}
	}
}

// carry carries a plan out. It gives it up where a broker that it copies to has
// gone, and where a person has asked for that.
func (op Operator) carry(ctx context.Context, s admin.State) (admin.State, error) {
	running, stop := context.WithCancel(ctx)
	defer stop()
	watch, kept, looked := Keeper{Client: op.Client, Policy: Policy{Gone: missed}}, Kept{}, time.Now()
	r := admin.Runner{
		Cluster: op.Client, Limits: admin.Limits{MinMoves: 1, MaxMoves: op.pace().Moves * 2, MinRate: op.Rate / 20, MaxRate: op.Rate},
		Keep: func(ctx context.Context, s admin.State) error {
			if err := op.save(ctx, s); err != nil {
				op.Tell("not written down: " + err.Error()) // it is found out again
			}
			return nil
		},
		Tell: func(s admin.State, err error) {
			op.Tell(standing(s, err))
			if time.Since(looked) >= 3*looks {
				looked = time.Now()
				if watch.hopeless(running, &kept, s) {
					stop()
				}
			}
		},
	}
	s, err := r.Run(running, s)
	cancelled := errors.Is(context.Cause(ctx), guide.ErrCancelled)
	switch {
	case err == nil || running.Err() == nil:
		return s, err
	case ctx.Err() != nil && !cancelled:
		return s, ctx.Err()
	}
	ending, end := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
	defer end()
	if s, err = op.Client.Cancel(ending, s); err != nil {
		return s, err
	}
	_ = op.save(ending, s)
	if cancelled {
		return s, guide.ErrCancelled
	}
	return s, nil
}

// conclude looks at what an operation was for.
func (op Operator) conclude(ctx context.Context, done []string) (string, error) {
	text := strings.Join(done, "; ")
	if text == "" {
		text = "there was nothing to do"
	}
	if op.Operation != Drain {
		return text, nil
	}
	seen, err := op.observe(ctx)
	if err != nil {
		return text, err
	}
	holding := held(seen)
	for _, id := range op.Leaving {
		if holding[id] > 0 {
			return text, fmt.Errorf("broker %d still holds %d replicas", id, holding[id])
		}
	}
	return fmt.Sprintf("brokers %v hold nothing any more: %s", op.Leaving, text), nil
}

// forget unregisters what is gone for good.
func (op Operator) forget(ctx context.Context) (string, error) {
	seen, err := op.observe(ctx)
	if err != nil {
		return "", err
	}
	gone := left(seen)
	for _, id := range gone {
		if err := op.Client.Unregister(ctx, id); err != nil {
			return "", err
		}
	}
	if len(gone) == 0 {
		return "there was nothing to do", nil
	}
	return fmt.Sprintf("brokers %v are forgotten", gone), nil
}

func (op Operator) pace() admin.Pace {
	moves := op.Moves
	if moves == 0 {
		moves = 20
	}
	return admin.Pace{Moves: max(1, moves/2), Rate: op.Rate}
}
