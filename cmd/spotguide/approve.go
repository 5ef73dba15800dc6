package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/fleet"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/table"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/terminal"
	"github.com/spotguide/spotguide/monitor/sla"
)

func newApproveCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "approve [ID...]",
		Short: "Let remedies go ahead that wait for a person",
		Long: `List the remedies of a namespace that wait for approval, since their rule says
approval: true, or approve of some. An approval is for that one remedy: when it was
done, or its reason has gone, the next one has another ID.`,
		Example: `  spotguide approve -n shop
  spotguide approve 1a2b3c4d5e -n shop`,
		RunE: func(cmd *cobra.Command, ids []string) error {
			client, namespace, err := g.reach()
			if err != nil {
				return err
			}
			n, err := fleet.GetFollowed(cmd.Context(), client, namespace)
			if err != nil {
				return err
			}
			states, err := fleet.States(cmd.Context(), client, namespace)
			if err != nil {
				return err
			}
			wishes := waiting(states)
			if len(ids) == 0 {
				return listWishes(cmd.OutOrStdout(), cmd.ErrOrStderr(), namespace, wishes, terminal.Look(cmd.OutOrStdout(), g.noColor))
			}
			approved, err := approvals(n.Annotations[binding.Approved], ids, wishes)
			if err != nil {
				return fmt.Errorf("namespace %s: %w", namespace, err)
			}
			if err := fleet.Annotate(cmd.Context(), client, n, map[string]string{binding.Approved: approved}); err != nil {
				return err
			}
			for _, w := range wishes {
				if slices.Contains(ids, w.Approval) {
					fmt.Fprintf(cmd.OutOrStdout(), "approved: %s: rule %s %s\n", w.application, w.Rule, table.Line(w.Message))
				}
			}
			fmt.Fprintf(cmd.ErrOrStderr(), "\nWhat came of it: spotguide journal -n %s\n", namespace)
			return nil
		},
	}
	outputs(cmd)
	return cmd
}

// wish is a remedy that waits for a person.
type wish struct {
	application string
	sla.Pending
}

func waiting(states map[string]sla.State) []wish {
	var wishes []wish
	for application, s := range states {
		for _, p := range s.Pending {
			if p.Hold == sla.HoldApproval {
				wishes = append(wishes, wish{application, p})
			}
		}
	}
	slices.SortFunc(wishes, func(a, b wish) int {
		return strings.Compare(a.application+"/"+a.Rule+"/"+a.Approval, b.application+"/"+b.Rule+"/"+b.Approval)
	})
	return wishes
}

// approvals is the annotation with ids, and without those that nobody waits for
// any more.
func approvals(before string, ids []string, wishes []wish) (string, error) {
	waits := func(id string) bool {
		return slices.ContainsFunc(wishes, func(w wish) bool { return w.Approval == id })
	}
	var approved []string
	for _, id := range strings.Split(before, ",") {
		if waits(id) {
			approved = append(approved, id)
		}
	}
	for _, id := range ids {
		if !waits(id) {
			return "", fmt.Errorf("nothing waits for approval %s: `spotguide approve` lists what does", id)
		}
		if !slices.Contains(approved, id) {
			approved = append(approved, id)
		}
	}
	return strings.Join(approved, ","), nil
}

func listWishes(w, messages io.Writer, namespace string, wishes []wish, look table.Look) error {
	if len(wishes) == 0 {
		fmt.Fprintf(messages, "Nothing waits for approval in namespace %s.\n", namespace)
		return nil
	}
	t := table.Table{Header: []string{"ID", "APPLICATION", "RULE", "TARGET", "WHAT"}}
	for _, one := range wishes {
		t.Rows = append(t.Rows, []table.Cell{
			{Text: one.Approval}, {Text: one.application}, {Text: one.Rule}, {Text: one.Target.String()}, {Text: one.Message},
		})
	}
	return t.Write(w, look)
}
