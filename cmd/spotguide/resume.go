package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/fleet"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/overview"
)

func newResumeCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "resume",
		Short:   "Follow the repository again after suspend or rollback",
		Long:    `Undo suspend and rollback: the namespace follows its repository again.`,
		Example: "  spotguide resume -n shop",
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
			pin, suspended := n.Annotations[binding.RollbackTo], n.Annotations[binding.Suspend] == "true"
			if pin == "" && !suspended {
				fmt.Fprintf(cmd.OutOrStdout(), "namespace %s is neither suspended nor rolled back\n", namespace)
				return nil
			}
			set := map[string]string{binding.Suspend: "", binding.RollbackTo: ""}
			if err := fleet.Annotate(cmd.Context(), client, n, set); err != nil {
				return err
			}
			was := "suspended"
			if pin != "" {
				was = "rolled back to " + overview.Short(pin)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "namespace %s resumed; it was %s\n", namespace, was)
			fmt.Fprintf(cmd.ErrOrStderr(), "\nWatch it: spotguide status -w -n %s\n", namespace)
			return nil
		},
	}
	outputs(cmd)
	return cmd
}
