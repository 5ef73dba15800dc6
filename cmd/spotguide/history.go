package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/fleet"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/overview"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/table"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/terminal"
)

func newHistoryCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "history [APPLICATION]",
		Short: "List the last revisions, their steps and what came of them",
		Long: `List the last ten revisions of an application, or of all of a namespace, newest
first: the commit, what it changed, its steps with how long each took, and
whether it became healthy, failed or was rolled back, and why.

Times, whole revisions and authors are in -o wide.`,
		Example: `  spotguide history -n shop
  spotguide history cart -n shop -o wide
  spotguide history cart -n shop -o json`,
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
			histories, err := fleet.Histories(cmd.Context(), client, namespace)
			if err != nil {
				return err
			}
			if _, known := histories[name]; !known { // it may be gone, or never have been
				if err := followed(cmd.Context(), client, namespace, name); err != nil {
					return err
				}
			}
			runs := runsOf(histories, name)
			if g.output == "json" || g.output == "yaml" {
				return encode(cmd.OutOrStdout(), g.output, runs)
			}
			if len(runs) == 0 {
				fmt.Fprintf(cmd.ErrOrStderr(), "Nothing was tried yet. More: spotguide status -n %s\n", namespace)
				return nil
			}
			look := table.Look{}
			if g.output != "wide" {
				look = terminal.Look(cmd.OutOrStdout(), g.noColor)
			}
			t := overview.Runs(runs, g.output == "wide", time.Now())
			if err := t.Write(cmd.OutOrStdout(), look); err != nil {
				return err
			}
			hintStep(cmd, runs, namespace)
			return nil
		},
	}
	outputs(cmd, "wide", "json", "yaml")
	return cmd
}

// runsOf are those of one application, or of all for "", newest first.
func runsOf(histories map[string][]status.Run, name string) []overview.Run {
	runs := []overview.Run{}
	for application, history := range histories {
		if name != "" && application != name {
			continue
		}
		for _, r := range history {
			runs = append(runs, overview.Run{Application: application, Run: r})
		}
	}
	slices.SortStableFunc(runs, func(a, b overview.Run) int {
		if c := b.StartedAt.Compare(a.StartedAt); c != 0 {
			return c
		}
		return strings.Compare(a.Application, b.Application)
	})
	return runs
}

// hintStep names the command that tells why the newest step failed.
func hintStep(cmd *cobra.Command, runs []overview.Run, namespace string) {
	for _, s := range runs[0].Steps {
		if s.Phase == status.StepFailed {
			fmt.Fprintf(cmd.ErrOrStderr(), "\nMore: spotguide logs %s --step %s -n %s\n", runs[0].Application, s.Name, namespace)
			return
		}
	}
}
