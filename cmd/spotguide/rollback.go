package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/fleet"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/overview"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/table"
)

func newRollbackCommand(g *globals) *cobra.Command {
	var to string
	var list bool
	cmd := &cobra.Command{
		Use:   "rollback",
		Short: "Run an earlier revision until resumed",
		Long: `Pin a namespace to an earlier revision. The branch stays where it is; new commits
are not applied until spotguide resume.

Without --to it is the newest revision, other than the one that runs, at which an
application was healthy. --list shows what there is to choose from.`,
		Example: `  spotguide rollback -n shop
  spotguide rollback -n shop --list
  spotguide rollback -n shop --to main@1a2b3c4`,
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
			candidates := overview.Candidates(n)
			if list {
				return listCandidates(cmd.OutOrStdout(), candidates)
			}
			if n.Annotations[binding.Suspend] == "true" {
				return fmt.Errorf("namespace %s is suspended, so nothing would go back: `spotguide resume -n %s` first", namespace, namespace)
			}
			revision, err := target(n, to, candidates)
			if err != nil {
				_ = listCandidates(cmd.ErrOrStderr(), candidates)
				return fmt.Errorf("namespace %s: %w", namespace, err)
			}
			if err := fleet.Annotate(cmd.Context(), client, n, map[string]string{binding.RollbackTo: revision}); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "namespace %s goes back from %s to %s\n",
				namespace, overview.Short(n.Status.Revision), overview.Short(revision))
			fmt.Fprintf(cmd.ErrOrStderr(), "\nWatch it:                    spotguide status -w -n %s\n"+
				"Follow the repository again: spotguide resume -n %s\n", namespace, namespace)
			return nil
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "revision to run, as status shows it, or a commit's 40 digits")
	cmd.Flags().BoolVar(&list, "list", false, "only list the revisions that there are to go back to")
	cmd.MarkFlagsMutuallyExclusive("to", "list")
	outputs(cmd)
	return cmd
}

// target is the revision to go back to.
func target(n fleet.Namespace, to string, candidates []overview.Candidate) (string, error) {
	if to != "" {
		return overview.Resolve(to, candidates)
	}
	for _, a := range n.Status.Applications {
		if a.Failed != nil {
			return "", fmt.Errorf("the agent itself has rolled %s back to %s already: say with --to where to go",
				a.Name, overview.Short(a.Revision))
		}
	}
	if pin := n.Annotations[binding.RollbackTo]; pin != "" {
		return "", fmt.Errorf("it is rolled back to %s already: say with --to where else to go", overview.Short(pin))
	}
	revision, err := overview.LastHealthy(candidates)
	if err != nil && len(candidates) > 0 {
		err = fmt.Errorf("%w: say with --to where to go", err)
	}
	return revision, err
}

func listCandidates(w io.Writer, candidates []overview.Candidate) error {
	if len(candidates) == 0 {
		return nil
	}
	t := table.Table{Header: []string{"REVISION", "AGE", "HEALTHY"}}
	for _, c := range candidates {
		t.Rows = append(t.Rows, []table.Cell{
			{Text: c.Revision}, {Text: overview.Age(c.At, time.Now())}, {Text: strings.Join(c.Healthy, ", ")},
		})
	}
	return t.Write(w, table.Look{})
}
