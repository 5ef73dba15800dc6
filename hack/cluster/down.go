package main

import (
	"github.com/spf13/cobra"

	"github.com/spotguide/spotguide/hack/cluster/internal/cluster"
)

func downCommand(layout at) *cobra.Command {
	return &cobra.Command{
		Use:   "down",
		Short: "End every process of the cluster and remove all it had",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, err := layout()
			if err != nil {
				return err
			}
			return cluster.Down(cmd.Context(), l, cmd.ErrOrStderr())
		},
	}
}
