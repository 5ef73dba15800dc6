package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/spotguide/spotguide/hack/cluster/internal/cluster"
)

// errDown makes the exit code say what the table says.
var errDown = errors.New("not everything runs; cluster up starts it again")

func statusCommand(layout at) *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Say which components run; of one that died, its last lines",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, err := layout()
			if err != nil {
				return err
			}
			allRun, err := cluster.Status(cmd.Context(), l, cmd.OutOrStdout())
			if err == nil && !allRun {
				return errDown
			}
			return err
		},
	}
}
