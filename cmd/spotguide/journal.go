package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spotguide/spotguide/cmd/spotguide/internal/fleet"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/overview"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/table"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/terminal"
	"github.com/spotguide/spotguide/monitor/sla"
)

// entry is a line of the journal.
type entry struct {
	Application string `json:"application"`
	sla.Entry
}

func newJournalCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "journal [APPLICATION]",
		Short: "List what the monitor did, why, and what came of it",
		Long: `List the last twenty remedies of each application of a namespace, oldest first:
which rule asked for what, what it had seen, and whether it helped.`,
		Example: `  spotguide journal -n shop
  spotguide journal cart -n shop -o json`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: g.completeApplications,
		RunE: func(cmd *cobra.Command, args []string) error {
			client, namespace, err := g.reach()
			if err != nil {
				return err
			}
			name := ""
			if len(args) > 0 {
				namespace, name = application(args[0], namespace)
			}
			if err := followed(cmd.Context(), client, namespace, name); err != nil {
				return err
			}
			states, err := fleet.States(cmd.Context(), client, namespace)
			if err != nil {
				return err
			}
			entries := journal(states, name)
			if g.output != "" {
				return encode(cmd.OutOrStdout(), g.output, entries)
			}
			if len(entries) == 0 {
				fmt.Fprintln(cmd.ErrOrStderr(), "Nothing was done. What rules wait for: spotguide sla explain APPLICATION -n "+namespace)
				return nil
			}
			t := journalTable(entries, time.Now())
			return t.Write(cmd.OutOrStdout(), terminal.Look(cmd.OutOrStdout(), g.noColor))
		},
	}
	outputs(cmd, "json", "yaml")
	return cmd
}

// journal is that of one application, or of all for "", by time.
func journal(states map[string]sla.State, name string) []entry {
	entries := []entry{}
	for application, s := range states {
		for _, e := range s.Journal {
			if name == "" || name == application {
				entries = append(entries, entry{application, e})
			}
		}
	}
	slices.SortFunc(entries, func(a, b entry) int {
		if c := a.At.Compare(b.At); c != 0 {
			return c
		}
		return strings.Compare(a.Application, b.Application)
	})
	return entries
}

func journalTable(entries []entry, now time.Time) table.Table {
	t := table.Table{Header: []string{"AGE", "APPLICATION", "RULE", "ACTION", "TARGET", "OUTCOME", "SEEN"}}
	for _, e := range entries {
		action := string(e.Kind)
		if e.Kind == sla.Scale {
			action = fmt.Sprintf("%s to %d", e.Kind, e.Amount)
		}
		if e.Operation != "" {
			action = e.Operation
		}
		t.Rows = append(t.Rows, []table.Cell{
			{Text: overview.Age(e.At, now)}, {Text: e.Application}, {Text: e.Rule}, {Text: action}, {Text: e.Target},
			{Text: outcome(e.Entry, now), Style: outcomeStyle(e.Entry)}, {Text: e.Reason},
		})
	}
	return t
}

// What came of an action is written down within a minute.
const written = 2 * time.Minute

// outcome says what came of an action, or why that is not known.
func outcome(e sla.Entry, now time.Time) string {
	switch {
	case e.Outcome != "":
		return e.Outcome
	case e.Kind == sla.Notify:
		return "told"
	case now.Sub(e.At) < written:
		return "not written down yet"
	}
	return "not known: the agent ended over it"
}

func outcomeStyle(e sla.Entry) table.Style {
	switch {
	case strings.HasPrefix(e.Outcome, "failed"):
		return table.Bad
	case strings.Contains(e.Outcome, "did not help"):
		return table.Careful
	case strings.Contains(e.Outcome, "helped"):
		return table.Good
	}
	return table.Plain
}
