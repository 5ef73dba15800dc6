package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/fleet"
)

func newUnfollowCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "unfollow",
		Short: "Let a namespace follow no repository any more; what runs stays",
		Long: `Remove the annotations of ours from a namespace. What runs there stays as it is,
and is taken up again when the namespace follows the same repository once more.`,
		Example: "  spotguide unfollow -n shop",
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
			set := map[string]string{}
			for key := range n.Annotations {
				set[key] = ""
			}
			if err := fleet.Annotate(cmd.Context(), client, n, set); err != nil {
				return err
			}
			repository := n.Annotations[binding.Repository]
			fmt.Fprintf(cmd.OutOrStdout(), "namespace %s no longer follows %s; what runs there stays\n", namespace, repository)
			fmt.Fprintf(cmd.ErrOrStderr(), "\nTake it up again: spotguide follow %s -n %s\n", repository, namespace)
			return nil
		},
	}
	outputs(cmd)
	return cmd
}
