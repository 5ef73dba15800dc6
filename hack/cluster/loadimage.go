package main

import (
	"github.com/spf13/cobra"

	"github.com/spotguide/spotguide/hack/cluster/internal/cluster"
)

func loadImageCommand(layout at) *cobra.Command {
	return &cobra.Command{
		Use:   "load-image FILE",
		Short: "Load the images of a tar file, OCI or Docker, into every real node",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			l, err := layout()
			if err != nil {
				return err
			}
			return cluster.LoadImage(cmd.Context(), l, args[0])
		},
	}
}
