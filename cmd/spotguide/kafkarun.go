package main

import (
	"context"
	"errors"
	"fmt"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/spotguide/spotguide/cmd/spotguide/internal/reassignment"
	"github.com/spotguide/spotguide/spotguides/kafka/admin"
	"github.com/spotguide/spotguide/spotguides/kafka/plan"
	"github.com/spotguide/spotguide/spotguides/kafka/reassign"
)

// paceFlags bound how fast a file is carried out.
type paceFlags struct {
	moves    int
	throttle bytesFlag
	every    time.Duration
	factor   bool
	anyRack  bool
}

func (p *paceFlags) register(cmd *cobra.Command) {
	cmd.Flags().IntVar(&p.moves, "moves", 20, "most partitions to copy at the same time")
	cmd.Flags().Var(&p.throttle, "throttle", "most `bytes` a second that a broker may copy, as 50M or 50Mi; no limit unless given")
	cmd.Flags().DurationVar(&p.every, "every", time.Second, "how long to wait between two looks")
}

// start is the pace to begin with, and what bounds it.
func (p *paceFlags) start() (admin.Pace, admin.Limits) {
	limits := admin.Limits{MinMoves: 1, MaxMoves: max(1, p.moves), MinRate: int64(p.throttle) / 20, MaxRate: int64(p.throttle)}
	return admin.Pace{Moves: max(1, p.moves/2), Rate: int64(p.throttle)}, limits
}

func newKafkaRunCommand(k *kafkaFlags) *cobra.Command {
	var p paceFlags
	cmd := &cobra.Command{
		Use:   "run FILE",
		Short: "Carry a reassignment file out",
		Long: `Carry a reassignment file out, one that plan wrote or one that a person did, in
Kafka's own format. It is checked first: brokers that there are not, replicas that
are there twice, topics that are missing, racks and disks; every mistake is told
with its line, and nothing is done then.

Partitions are copied in batches, a few at the same time, faster for as long as
brokers answer as quickly as before and slower when they do not or when other
partitions lose replicas. --throttle bounds what a broker copies. Throttles that
somebody else has set stay.

The file that rolls it back is written beside it unless it is there. Ended by ctrl-C
or otherwise, the command goes on where it was when it is called again; cancel ends
what is being copied.`,
		Example: `  spotguide kafka run move.json --bootstrap kafka:9092
  spotguide kafka run move.json --bootstrap kafka:9092 --moves 5 --throttle 50M`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return k.run(cmd, args[0], p) },
	}
	outputs(cmd)
	p.register(cmd)
	cmd.Flags().BoolVar(&p.factor, "change-factor", false, "let the file change how many replicas a partition has")
	cmd.Flags().BoolVar(&p.anyRack, "any-rack", false, "let the file put replicas into one rack that could be in several")
	return cmd
}

func newKafkaRollbackCommand(k *kafkaFlags) *cobra.Command {
	var p paceFlags
	cmd := &cobra.Command{
		Use:   "rollback FILE",
		Short: "Put back what a reassignment file has moved",
		Long: `End what is being copied for a reassignment file, and carry out the file beside it
that rolls it back: for move.json that is move.rollback.json.`,
		Example: `  spotguide kafka rollback move.json --bootstrap kafka:9092`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			job, err := reassignment.Read(args[0])
			if err != nil {
				return err
			}
			if _, err := reassignment.Read(job.Rollback()); err != nil {
				return fmt.Errorf("there is no way back: %w", err)
			}
			if err := k.cancel(cmd, args[0]); err != nil && !errors.Is(err, reassignment.ErrNotBegun) {
				return err
			}
			p.factor, p.anyRack = true, true
			return k.run(cmd, job.Rollback(), p)
		},
	}
	outputs(cmd)
	p.register(cmd)
	return cmd
}

// run carries a file out, from its beginning or from where it was left.
func (k *kafkaFlags) run(cmd *cobra.Command, file string, p paceFlags) error {
	job, err := reassignment.Read(file)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	client, seen, err := k.observe(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	tell(cmd.ErrOrStderr(), seen.Problems)
	pace, limits := p.start()
	progress, err := job.Load()
	switch {
	case errors.Is(err, reassignment.ErrNotBegun):
		if progress.State, err = begin(job, seen, p, pace); err != nil {
			return err
		}
	case err != nil:
		return err
	case progress.Cluster != seen.ClusterID:
		return fmt.Errorf("%s was begun in cluster %s, and these are brokers of %s", file, progress.Cluster, seen.ClusterID)
	case job.Changed(progress):
		return fmt.Errorf("%s was changed since it was begun: put it back, or end it by `spotguide kafka cancel %s`", file, file)
	default:
		fmt.Fprintf(cmd.ErrOrStderr(), "Taken up where it was left: batch %d of %d.\n", progress.Batch+1, len(progress.Plan.Batches))
		if pace.Rate == 0 && progress.Pace.Rate > 0 { // throttles are set; they need some rate
			pace.Rate, limits.MinRate, limits.MaxRate = progress.Pace.Rate, progress.Pace.Rate, progress.Pace.Rate
		}
		progress.Pace = pace
	}
	return k.carryOut(ctx, cmd, job, client, seen.ClusterID, progress.State, admin.Runner{Limits: limits, Every: p.every})
}

// begin checks a file and makes a plan of it.
func begin(job reassignment.Job, seen admin.Observation, p paceFlags, pace admin.Pace) (admin.State, error) {
	model := seen.Model(admin.Knowledge{})
	if err := reassign.Check(job.File, model, p.factor); err != nil {
		return admin.State{}, err
	}
	made, err := plan.Follow(model, job.Assignments(), plan.Options{}, p.anyRack)
	if err != nil {
		return admin.State{}, err
	}
	if len(made.Problems) > 0 {
		return admin.State{}, located(job.File, made.Problems)
	}
	if err := job.KeepRollback(made.Rollback()); err != nil {
		return admin.State{}, err
	}
	return admin.NewState(made, pace), nil
}

// located gives the planner's problems the lines of the file.
func located(f reassign.File, problems []plan.Problem) error {
	var found reassign.Problems
	for _, p := range problems {
		line := 1
		for _, e := range f.Entries {
			if e.Topic == p.Topic && e.Partition == p.Partition {
				line = e.Line
			}
		}
		found = append(found, reassign.Problem{File: f.Name, Line: line, Message: p.Error()})
	}
	slices.SortStableFunc(found, func(a, b reassign.Problem) int { return a.Line - b.Line })
	return found
}

// carryOut runs a plan to its end and tells how it goes.
func (k *kafkaFlags) carryOut(ctx context.Context, cmd *cobra.Command, job reassignment.Job, client *admin.Client, cluster string, s admin.State, r admin.Runner) error {
	said := ""
	r.Cluster = client
	r.Keep = func(_ context.Context, s admin.State) error { return job.Save(cluster, s) }
	r.Tell = func(s admin.State, err error) {
		if err != nil {
			fmt.Fprintln(cmd.ErrOrStderr(), "Warning:", err)
		}
		if now := runStanding(s); now != said {
			said = now
			fmt.Fprintln(cmd.OutOrStdout(), now)
		}
	}
	s, err := r.Run(ctx, s)
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("left in the middle: `spotguide kafka run %s` takes it up again, `spotguide kafka cancel %s` ends what is being copied", job.Name, job.Name)
	}
	if err != nil {
		return err
	}
	if len(s.Skipped) > 0 {
		var lines []plan.Problem
		for _, one := range s.Skipped {
			lines = append(lines, plan.Problem{Topic: one.Topic, Partition: one.Partition, Broker: -1, Reason: one.Reason})
		}
		return &exitError{1, fmt.Errorf("%d partitions were left as they are:\n%s", len(lines), firstProblems(lines))}
	}
	return nil
}

// runStanding tells how far a plan has got.
func runStanding(s admin.State) string {
	rate := ""
	if s.Pace.Rate > 0 {
		rate = ", " + showBytes(s.Pace.Rate) + "/s a broker"
	}
	switch s.Phase {
	case admin.Preparing:
		return "preparing"
	case admin.Moving:
		if s.Batch == len(s.Plan.Batches) {
			return "all batches done"
		}
		return fmt.Sprintf("batch %d of %d: %d to start, %d being copied (at most %d%s)", s.Batch+1, len(s.Plan.Batches), s.Left, s.Underway, s.Pace.Moves, rate)
	case admin.Electing:
		return "electing leaders"
	}
	return string(s.Phase)
}
