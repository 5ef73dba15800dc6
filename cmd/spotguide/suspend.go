package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/fleet"
)

func newSuspendCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "suspend",
		Short: "Leave a namespace alone until it is resumed",
		Long: `Have the agent leave a namespace alone: new commits are not applied, foreign
changes are not corrected and nothing is healed. What runs goes on running.`,
		Example: "  spotguide suspend -n shop",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, namespace, err := g.reach()
			if err != nil {
				return err
			}
			n, err := fleet.GetFollowed(cmd.Context(), client, namespace)
			if err != nil {
				return err
			}
			if n.Annotations[binding.Suspend] == "true" {
				fmt.Fprintf(cmd.OutOrStdout(), "namespace %s is suspended already\n", namespace)
				return nil
			}
			if err := fleet.Annotate(cmd.Context(), client, n, map[string]string{binding.Suspend: "true"}); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "namespace %s suspended\n", namespace)
			fmt.Fprintf(cmd.ErrOrStderr(), "\nGo on with: spotguide resume -n %s\n", namespace)
			return nil
		},
	}
	outputs(cmd)
	return cmd
}
