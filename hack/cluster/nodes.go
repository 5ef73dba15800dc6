package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/spotguide/spotguide/hack/cluster/internal/cluster"
)

func stopNodeCommand(layout at) *cobra.Command {
	return &cobra.Command{
		Use:   "stop-node NAME",
		Short: "Let a node die as a machine does that loses its power",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			l, err := layout()
			if err != nil {
				return err
			}
			return cluster.StopNode(cmd.Context(), l, args[0])
		},
	}
}

func startNodeCommand(layout at) *cobra.Command {
	return &cobra.Command{
		Use:   "start-node NAME",
		Short: "Start a stopped node again, with the disk that it had",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			l, err := layout()
			if err != nil {
				return err
			}
			say := func(format string, a ...any) { fmt.Fprintf(cmd.ErrOrStderr(), format+"\n", a...) }
			return cluster.StartNode(cmd.Context(), l, args[0], say)
		},
	}
}
