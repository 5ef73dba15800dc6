package main

import (
	"github.com/spf13/cobra"

	"github.com/spotguide/spotguide/hack/cluster/internal/cluster"
)

func logsCommand(layout at) *cobra.Command {
	var follow bool
	cmd := &cobra.Command{
		Use:   "logs COMPONENT",
		Short: "Print what a component has printed",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			l, err := layout()
			if err != nil {
				return err
			}
			return cluster.Logs(cmd.Context(), l, args[0], follow, cmd.OutOrStdout())
		},
	}
	cmd.Flags().BoolVarP(&follow, "follow", "f", false, "go on until interrupted")
	return cmd
}
