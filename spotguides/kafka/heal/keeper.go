package heal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spotguide/spotguide/spotguides/kafka/admin"
	"github.com/spotguide/spotguide/spotguides/kafka/plan"
)

// Kept is what a Keeper has to find again after a restart.
type Kept struct {
	// Cluster is the id of the one that it keeps.
	Cluster string `json:"cluster,omitempty"`
	Memory  Memory `json:"memory"`
	// Plan is the one being carried out, nil for none.
	Plan *admin.State `json:"plan,omitempty"`
}

// Keeper looks after one cluster.
type Keeper struct {
	Client *admin.Client
	Policy Policy
	Pace   admin.Pace
	Limits admin.Limits
	// Every is how long it waits between two looks.
	Every time.Duration
	// Save writes down what to find again.
	Save func(Kept) error
	// Tell is told what is done, why, and what went wrong.
	Tell func(message string)

	said string
}

// Run keeps the cluster until ctx ends. It fails only where it cannot write down
// what it does, and where the brokers are another cluster's; else it tries again.
func (k *Keeper) Run(ctx context.Context, kept Kept) error {
	for ctx.Err() == nil {
		err := k.look(ctx, &kept)
		var wrong *admin.WrongClusterError
		var unsaved *saveError
		if errors.As(err, &wrong) || errors.As(err, &unsaved) {
			return err
		}
		if err != nil && ctx.Err() == nil {
			k.tell(err.Error())
		}
		select {
		case <-ctx.Done():
		case <-time.After(k.Every):
		}
	}
	return nil
}

// saveError is what keeps the Keeper from going on.
type saveError struct{ error }

func (e *saveError) Unwrap() error { return e.error }

func (k *Keeper) save(kept Kept) error {
	if err := k.Save(kept); err != nil {
		return &saveError{fmt.Errorf("write down what is done: %w", err)}
	}
	return nil
}

// look observes once and does what is to be done.
func (k *Keeper) look(ctx context.Context, kept *Kept) error {
	seen, err := k.Client.Observe(ctx)
	if err != nil {
		return err
	}
	if kept.Cluster != "" && kept.Cluster != seen.ClusterID {
		return &admin.WrongClusterError{Want: kept.Cluster, Got: seen.ClusterID}
	}
	kept.Cluster = seen.ClusterID
	if kept.Plan != nil {
		return k.carryOut(ctx, kept)
	}
	before := fmt.Sprint(kept.Memory)
	var want Want
	want, kept.Memory = Decide(time.Now(), k.Policy, kept.Memory, seen)
	if fmt.Sprint(kept.Memory) != before {
		if err := k.save(*kept); err != nil {
			return err
		}
	}
	switch {
	case want.Forget:
		k.tell(fmt.Sprintf("%s: it is forgotten", want.Reason))
		return k.Client.Unregister(ctx, want.Unregister)
	case want.Nothing():
		if want.Reason != "" {
			k.tell("nothing is done: " + want.Reason)
		}
		return nil
	}
	made, err := plan.Make(seen.Model(admin.Knowledge{New: want.New, Draining: want.Draining}), plan.Request{Operation: want.Operation})
	if err != nil {
		return err
	}
	if made.Cost.Partitions+len(made.Elections) == 0 {
		k.tell(want.Reason + ": nothing can be done" + problems(made))
		return nil
	}
	k.said = ""
	k.tell(fmt.Sprintf("%s: %s, %d replicas, %d bytes, %d elections%s", want.Reason, want.Operation, made.Cost.Replicas, made.Cost.Bytes, len(made.Elections), problems(made)))
	s := admin.NewState(made, k.Pace)
	kept.Plan = &s
	return k.carryOut(ctx, kept)
}

// carryOut carries the plan out, or gives it up where a broker that it needs has
// gone meanwhile.
func (k *Keeper) carryOut(ctx context.Context, kept *Kept) error {
	running, stop := context.WithCancel(ctx)
	defer stop()
	looked := time.Now()
	r := admin.Runner{
		Cluster: k.Client, Limits: k.Limits, Every: min(k.Every, time.Second),
		Keep: func(_ context.Context, s admin.State) error {
			kept.Plan = &s
			return k.save(*kept)
		},
		Tell: func(s admin.State, err error) {
			if err != nil {
				k.tell(err.Error())
			}
			if time.Since(looked) >= k.Every {
				looked = time.Now()
				if k.hopeless(running, kept, s) {
					stop()
				}
			}
		},
	}
	s, err := r.Run(running, *kept.Plan)
	kept.Plan = &s
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case running.Err() != nil:
		k.tell("a broker that the plan needs is gone: it is given up, and the next one is made without it")
		if s, err = k.Client.Cancel(ctx, s); err != nil {
			return err
		}
	case err != nil:
		return err
	}
	for _, skipped := range s.Skipped {
		k.tell(fmt.Sprintf("%s-%d was left as it is: %s", skipped.Topic, skipped.Partition, skipped.Reason))
	}
	k.said = ""
	k.tell(string(s.Plan.Operation) + " " + string(s.Phase))
	kept.Plan = nil
	return k.save(*kept)
}

// problems are what a plan leaves undone, the first of it in words.
func problems(p plan.Plan) string {
	if len(p.Problems) == 0 {
		return ""
	}
	return fmt.Sprintf("; %d things are left undone, the first: %s", len(p.Problems), p.Problems[0].Error())
}

// hopeless tells whether a broker that something is copied to is gone for longer
// than the policy allows.
func (k *Keeper) hopeless(ctx context.Context, kept *Kept, s admin.State) bool {
	seen, err := k.Client.Observe(ctx)
	if err != nil {
		return false
	}
	kept.Memory = kept.Memory.look(time.Now(), seen)
	lost := kept.Memory.lost(time.Now(), k.Policy.Gone)
	for _, b := range s.Plan.Batches[min(s.Batch, len(s.Plan.Batches)):] {
		for _, m := range b.Moves {
			if slices.ContainsFunc(m.To, func(id int32) bool { return slices.Contains(lost, id) }) {
				return true
			}
		}
	}
	return false
}

// tell tells what is new.
func (k *Keeper) tell(message string) {
	if message != k.said {
		k.said = message
		k.Tell(message)
	}
}
