package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/spotguide/spotguide/cmd/spotguide/internal/reassignment"
)

func newKafkaCancelCommand(k *kafkaFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "cancel FILE",
		Short: "End a reassignment file where it is",
		Long: `End what is being copied for a reassignment file that run has begun, and clear its
throttles. What was moved stays moved; rollback puts it back.`,
		Example: `  spotguide kafka cancel move.json --bootstrap kafka:9092`,
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return k.cancel(cmd, args[0]) },
	}
	outputs(cmd)
	return cmd
}

func (k *kafkaFlags) cancel(cmd *cobra.Command, file string) error {
	job, err := reassignment.Read(file)
	if err != nil {
		return err
	}
	progress, err := job.Load()
	if err != nil {
		return err
	}
	client, seen, err := k.observe(cmd.Context())
	if err != nil {
		return err
	}
	defer client.Close()
	if progress.Cluster != seen.ClusterID {
		return fmt.Errorf("%s was begun in cluster %s, and these are brokers of %s", file, progress.Cluster, seen.ClusterID)
	}
	s, err := client.Cancel(cmd.Context(), progress.State)
	if err != nil {
		return err
	}
	if err := job.Save(progress.Cluster, s); err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "cancelled in batch %d of %d\n", min(progress.Batch+1, len(progress.Plan.Batches)), len(progress.Plan.Batches))
	return nil
}
