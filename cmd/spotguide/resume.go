package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/fleet"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/overview"
)

func newResumeCommand(g *globals) *cobra.Command {
	var promotion bool
	cmd := &cobra.Command{
		Use:   "resume",
		Short: "Follow the repository again after suspend or rollback",
		Long: `Undo suspend and rollback: the namespace follows its repository again. What a
person has promoted to it stays; --promotion undoes that as well, so that it
follows its ref, or the rule of environment.yaml, again.`,
		Example: `  spotguide resume -n shop
  spotguide resume --promotion -n shop`,
		Args: cobra.NoArgs,
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
			promoted := n.Annotations[binding.Promoted]
			if pin == "" && !suspended && (promoted == "" || !promotion) {
				fmt.Fprintf(cmd.OutOrStdout(), "namespace %s is neither suspended nor rolled back\n", namespace)
				if promoted != "" {
					fmt.Fprintf(cmd.ErrOrStderr(), "\nIt stays at %s, which was promoted. Follow its own ref again:\n  spotguide resume --promotion -n %s\n",
						overview.Short(promoted), namespace)
				}
				return nil
			}
			set := map[string]string{binding.Suspend: "", binding.RollbackTo: ""}
			if promotion {
				set[binding.Promoted], set[binding.PromotedFrom] = "", ""
			}
			if err := fleet.Annotate(cmd.Context(), client, n, set); err != nil {
				return err
			}
			was := "suspended"
			switch {
			case pin != "":
				was = "rolled back to " + overview.Short(pin)
			case !suspended:
				was = "promoted to " + overview.Short(promoted)
			}
			fmt.Fprintf(cmd.OutOrStdout(), "namespace %s resumed; it was %s\n", namespace, was)
			fmt.Fprintf(cmd.ErrOrStderr(), "\nWatch it: spotguide status -w -n %s\n", namespace)
			return nil
		},
	}
	cmd.Flags().BoolVar(&promotion, "promotion", false, "no longer stay at what a person has promoted")
	outputs(cmd)
	return cmd
}
