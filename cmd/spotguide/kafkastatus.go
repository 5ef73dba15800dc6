package main

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/spotguide/spotguide/cmd/spotguide/internal/reassignment"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/table"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/terminal"
	"github.com/spotguide/spotguide/spotguides/kafka/admin"
)

func newKafkaStatusCommand(k *kafkaFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "status [FILE]",
		Short: "Show brokers, controllers, partitions in danger and what is being copied",
		Long: `Show a cluster as its brokers tell it: who is alive, the controllers' quorum,
partitions that are offline or short of replicas, and reassignments under way; and
how far a reassignment file has got. The exit code is 1 when a broker is missing or
a partition is short of replicas.`,
		Example: `  spotguide kafka status --bootstrap kafka:9092
  spotguide kafka status move.json --bootstrap kafka:9092 -o json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, seen, err := k.observe(cmd.Context())
			if err != nil {
				return err
			}
			client.Close()
			tell(cmd.ErrOrStderr(), seen.Problems)
			report := newKafkaReport(seen)
			if len(args) > 0 {
				if report.File, err = fileStanding(args[0]); err != nil {
					return err
				}
			}
			if k.output == "json" || k.output == "yaml" {
				err = encode(cmd.OutOrStdout(), k.output, report)
			} else {
				err = report.write(cmd.OutOrStdout(), terminal.Look(cmd.OutOrStdout(), k.noColor))
			}
			if err == nil && !report.healthy() {
				return &exitError{code: 1}
			}
			return err
		},
	}
	outputs(cmd, "text", "json", "yaml")
	return cmd
}

// kafkaReport is what status says.
type kafkaReport struct {
	Cluster     string         `json:"cluster"`
	Controller  int32          `json:"controller"`
	Controllers []admin.Voter  `json:"controllers"`
	Brokers     []brokerReport `json:"brokers"`
	Partitions  int            `json:"partitions"`
	// Those in danger, each as TOPIC-PARTITION.
	Offline         []string `json:"offline"`
	UnderMinimum    []string `json:"underMinimum"`
	UnderReplicated []string `json:"underReplicated"`
	Reassigning     []string `json:"reassigning"`
	File            string   `json:"file,omitempty"`
}

type brokerReport struct {
	ID       int32  `json:"id"`
	Rack     string `json:"rack,omitempty"`
	State    string `json:"state"`
	Replicas int    `json:"replicas"`
	Leaders  int    `json:"leaders"`
	Bytes    int64  `json:"bytes"`
	// Disk is the size of its volumes in bytes, Free what is left of it.
	Disk int64 `json:"disk"`
	Free int64 `json:"free"`
}

func newKafkaReport(seen admin.Observation) kafkaReport {
	h := seen.Health()
	r := kafkaReport{Cluster: seen.ClusterID, Controller: seen.Quorum.Leader, Controllers: seen.Quorum.Voters, Partitions: len(seen.Partitions),
		Offline: names(h.Offline), UnderMinimum: names(h.UnderMinimum), UnderReplicated: names(h.UnderReplicated), Reassigning: []string{}}
	for _, b := range seen.Brokers {
		one := brokerReport{ID: b.ID, Rack: b.Rack, State: "alive"}
		if b.Fenced {
			one.State = "fenced"
		}
		for _, d := range b.Dirs {
			one.Bytes, one.Disk, one.Free = one.Bytes+d.Held, one.Disk+max(0, d.Total), one.Free+max(0, d.Usable)
			if d.Err != nil {
				one.State = "disk failed"
			}
		}
		r.Brokers = append(r.Brokers, one)
	}
	for _, p := range seen.Partitions {
		for i := range r.Brokers {
			b := &r.Brokers[i]
			if slices.Contains(p.Replicas, b.ID) {
				b.Replicas++
			}
			if p.Leader == b.ID {
				b.Leaders++
			}
		}
		if p.Reassigning() {
			r.Reassigning = append(r.Reassigning, fmt.Sprintf("%s-%d", p.Topic, p.Partition))
		}
	}
	return r
}

func (r kafkaReport) healthy() bool {
	return len(r.Offline)+len(r.UnderMinimum)+len(r.UnderReplicated) == 0 && r.Controller >= 0 &&
		!slices.ContainsFunc(r.Brokers, func(b brokerReport) bool { return b.State != "alive" })
}

func (r kafkaReport) write(w io.Writer, look table.Look) error {
	fmt.Fprintf(w, "cluster %s, controller %d of %s\n\n", r.Cluster, r.Controller, voters(r.Controllers))
	t := table.Table{Header: []string{"BROKER", "RACK", "STATE", "REPLICAS", "LEADERS", "BYTES", "DISK FREE"}}
	for _, b := range r.Brokers {
		style, disk := table.Good, ""
		if b.State != "alive" {
			style = table.Bad
		}
		if b.Disk > 0 {
			disk = fmt.Sprintf("%s of %s", showBytes(b.Free), showBytes(b.Disk))
		}
		t.Rows = append(t.Rows, []table.Cell{{Text: fmt.Sprint(b.ID)}, {Text: b.Rack}, {Text: b.State, Style: style},
			{Text: fmt.Sprint(b.Replicas)}, {Text: fmt.Sprint(b.Leaders)}, {Text: showBytes(b.Bytes)}, {Text: disk}})
	}
	if err := t.Write(w, look); err != nil {
		return err
	}
	fmt.Fprintf(w, "\n%d partitions\n", r.Partitions)
	for _, group := range []struct {
		what  string
		names []string
	}{{"offline", r.Offline}, {"below min.insync.replicas", r.UnderMinimum}, {"short of replicas", r.UnderReplicated}, {"being reassigned", r.Reassigning}} {
		if len(group.names) > 0 {
			fmt.Fprintf(w, "%d %s: %s\n", len(group.names), group.what, shortList(group.names))
		}
	}
	if r.File != "" {
		fmt.Fprintln(w, r.File)
	}
	return nil
}

// fileStanding tells how far a file has got, from what run wrote down.
func fileStanding(file string) (string, error) {
	job, err := reassignment.Read(file)
	if err != nil {
		return "", err
	}
	progress, err := job.Load()
	if errors.Is(err, reassignment.ErrNotBegun) {
		return file + " is not being carried out", nil
	}
	if err != nil {
		return "", err
	}
	return file + ": " + runStanding(progress.State), nil
}
