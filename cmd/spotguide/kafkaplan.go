package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/spotguide/spotguide/cmd/spotguide/internal/reassignment"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/table"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/terminal"
	"github.com/spotguide/spotguide/spotguides/kafka/admin"
	"github.com/spotguide/spotguide/spotguides/kafka/plan"
	"github.com/spotguide/spotguide/spotguides/kafka/reassign"
)

// planFlags are what a plan is asked for.
type planFlags struct {
	drain                           []int32
	add, rebalance, repair, leaders bool
	racks                           int
	headroom                        float64
	file                            string
}

func newKafkaPlanCommand(k *kafkaFlags) *cobra.Command {
	var p planFlags
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Plan where replicas belong, as Kafka's own reassignment file",
		Long: `Plan where the replicas of a cluster belong, and change nothing. A plan keeps
replication factors and racks, never fills a disk, and moves as little as it can.

  --repair      takes replicas off brokers that are dead
  --drain       takes them off these brokers, and off dead ones
  --add         fills brokers that hold nothing, and moves nothing to others
  --rebalance   evens out replicas, bytes, leaders and traffic; that is the default
  --leaders     changes who leads, and copies nothing

-o json writes the reassignment file, as kafka-reassign-partitions reads it. --file
writes it to a file, with the one that rolls it back beside it: move.json and
move.rollback.json. The exit code is 1 when something could not be planned.`,
		Example: `  spotguide kafka plan --bootstrap kafka:9092
  spotguide kafka plan --bootstrap kafka:9092 --drain 4,5 --file move.json
  spotguide kafka plan --bootstrap kafka:9092 --add -o json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, seen, err := k.observe(cmd.Context())
			if err != nil {
				return err
			}
			client.Close()
			tell(cmd.ErrOrStderr(), seen.Problems)
			made, err := p.make(seen)
			if err != nil {
				return err
			}
			if p.file != "" {
				if err := reassignment.Write(p.file, made); err != nil {
					return err
				}
			}
			if k.output == "json" {
				err = reassign.Format(cmd.OutOrStdout(), made.Assignments())
			} else {
				err = writePlan(cmd.OutOrStdout(), made, terminal.Look(cmd.OutOrStdout(), k.noColor))
			}
			if err != nil {
				return err
			}
			if p.file != "" {
				fmt.Fprintf(cmd.ErrOrStderr(), "\nWritten to %s, the way back to %s. To carry it out: spotguide kafka run %s\n", p.file, reassign.RollbackName(p.file), p.file)
			}
			if len(made.Problems) > 0 {
				return &exitError{1, fmt.Errorf("%d of what is asked for cannot be planned:\n%s", len(made.Problems), firstProblems(made.Problems))}
			}
			return nil
		},
	}
	outputs(cmd, "text", "json")
	f := cmd.Flags()
	f.Int32SliceVar(&p.drain, "drain", nil, "`ids` of brokers to empty")
	f.BoolVar(&p.add, "add", false, "fill brokers that hold nothing")
	f.BoolVar(&p.rebalance, "rebalance", false, "meet every goal")
	f.BoolVar(&p.repair, "repair", false, "take replicas off dead brokers")
	f.BoolVar(&p.leaders, "leaders", false, "balance leaders only")
	f.IntVar(&p.racks, "racks", 0, "`number` of racks that a partition must span at least, if it has as many replicas")
	f.Float64Var(&p.headroom, "headroom", 0.2, "`share` of each disk that stays free")
	f.StringVar(&p.file, "file", "", "`file` to write the plan to")
	cmd.MarkFlagsMutuallyExclusive("drain", "add", "rebalance", "repair", "leaders")
	return cmd
}

// make plans for what was seen.
func (p planFlags) make(seen admin.Observation) (plan.Plan, error) {
	r := plan.Request{Operation: plan.Rebalance, Options: plan.Options{Racks: p.racks, Headroom: p.headroom}}
	known := admin.Knowledge{}
	switch {
	case len(p.drain) > 0:
		r.Operation, known.Draining = plan.Drain, p.drain
		for _, id := range p.drain {
			if !slices.ContainsFunc(seen.Brokers, func(b admin.Broker) bool { return b.ID == id }) {
				return plan.Plan{}, fmt.Errorf("there is no broker %d; there are %s", id, joinIDs(seen.IDs()))
			}
		}
	case p.add:
		r.Operation, known.New = plan.Add, seen.Empty()
		if len(known.New) == 0 {
			return plan.Plan{}, fmt.Errorf("no broker is empty: brokers %s all hold replicas; --rebalance evens them out", joinIDs(seen.IDs()))
		}
	case p.repair:
		r.Operation = plan.Repair
	case p.leaders:
		r.Operation = plan.Lead
	}
	return plan.Make(seen.Model(known), r)
}

func writePlan(w io.Writer, p plan.Plan, look table.Look) error {
	if p.Cost.Partitions+len(p.Elections) == 0 {
		fmt.Fprintf(w, "%s: nothing is to be done.\n", p.Operation)
	} else {
		fmt.Fprintf(w, "%s: %d partitions change, %d replicas (%s) are copied, %d leaders elected, in %d batches.\n\n",
			p.Operation, p.Cost.Partitions, p.Cost.Replicas, showBytes(p.Cost.Bytes), len(p.Elections), len(p.Batches))
	}
	t := table.Table{Header: []string{"A BROKER HAS", "LEAST", "MOST", "AFTER: LEAST", "MOST"}}
	for _, row := range []struct {
		name          string
		before, after plan.Spread
		show          func(int64) string
	}{
		{"replicas", p.Before.Replicas, p.After.Replicas, func(n int64) string { return fmt.Sprint(n) }},
		{"bytes", p.Before.Bytes, p.After.Bytes, showBytes},
		{"leaders", p.Before.Leaders, p.After.Leaders, func(n int64) string { return fmt.Sprint(n) }},
	} {
		t.Rows = append(t.Rows, []table.Cell{{Text: row.name}, {Text: row.show(row.before.Min)}, {Text: row.show(row.before.Max)},
			{Text: row.show(row.after.Min)}, {Text: row.show(row.after.Max)}})
	}
	if err := t.Write(w, look); err != nil {
		return err
	}
	for _, left := range []struct {
		count int
		what  string
	}{{p.After.Stranded, "replicas stay on brokers that are dead or to be emptied"}, {p.After.Crowded, "partitions share racks more than they have to"}, {p.After.Full, "brokers are filled beyond the headroom"}} {
		if left.count > 0 {
			fmt.Fprintf(w, "%d %s.\n", left.count, left.what)
		}
	}
	return nil
}

// mostProblems is how many are told; the rest is counted.
const mostProblems = 20

func firstProblems(problems []plan.Problem) (text string) {
	for i, p := range problems {
		if i == mostProblems {
			return text + fmt.Sprintf("  and %d more", len(problems)-i)
		}
		text += "  " + p.Error() + "\n"
	}
	return text[:len(text)-1]
}

// tell writes what brokers did not say.
func tell(w io.Writer, problems []error) {
	for _, err := range problems {
		fmt.Fprintln(w, "Warning:", err)
	}
}
