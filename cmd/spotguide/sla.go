package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/spotguide/spotguide/monitor/sla"
	"github.com/spotguide/spotguide/monitor/sla/script"
)

func newSLACommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "sla",
		GroupID: groupOffline,
		Short:   "Test the rules of an SLA, and explain what they do",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newSLATestCommand(), newSLAExplainCommand(g))
	return cmd
}

func newSLATestCommand() *cobra.Command {
	var promise string
	cmd := &cobra.Command{
		Use:   "test FILE...",
		Short: "Play scripts of what is seen, and compare what the rules do",
		Long: `Play text scripts: what is seen when, and what the rules must do about it. The
rules are those of the section "-- sla.yaml --" at the end of a script, or of
--sla, over those that every application has.

  # A crash loop is left alone for two minutes, then the pod is replaced.
  revision r1
  rollout healthy=true lastHealthy=r1
  component Deployment/web desired=2 ready=1 floor=1
  pod web-1 of Deployment/web ready=true
  pod web-2 of Deployment/web crashLooping=true
  at 0s
  expect crash-loop Pod/web-2 waits for
  at 2m
  expect crash-loop reschedule Pod/web-2
  -- sla.yaml --

docs/sla.md has all lines that a script may hold.

Exit codes: 0 all scripts hold; 1 one does not, or cannot be read.`,
		Example: `  spotguide sla test tests/*.txt
  spotguide sla test --sla .spotguide/sla.yaml night.txt`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var rules []byte
			if promise != "" {
				var err error
				if rules, err = os.ReadFile(promise); err != nil {
					return err
				}
			}
			return testScripts(cmd, args, rules)
		},
	}
	cmd.Flags().StringVar(&promise, "sla", "", "sla.yaml of scripts that hold none")
	outputs(cmd)
	return cmd
}

func testScripts(cmd *cobra.Command, files []string, rules []byte) error {
	compiler, err := sla.NewCompiler()
	if err != nil {
		return err
	}
	var errs []error
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err == nil {
			err = script.Run(compiler, file, text, rules)
		}
		if err != nil {
			fmt.Fprintln(cmd.OutOrStdout(), err)
			errs = append(errs, err)
		}
	}
	if len(errs) > 0 {
		return errors.New(count(len(errs), "script") + " of " + fmt.Sprint(len(files)) + " failed")
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%s passed.\n", count(len(files), "script"))
	return nil
}
