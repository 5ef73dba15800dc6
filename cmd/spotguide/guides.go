package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spotguide/spotguide/cmd/spotguide/internal/table"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/terminal"
	"github.com/spotguide/spotguide/monitor/sla"
	"github.com/spotguide/spotguide/spotguides"
	"github.com/spotguide/spotguide/spotguides/guide"
)

func newGuidesCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "guides",
		GroupID: groupOffline,
		Short:   "List the kinds of applications that are known",
		Long: `List the guides: the kinds of applications that are known, the first that
matches being taken.`,
		Example: `  spotguide guides
  spotguide guides show web`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			guides, err := spotguides.All()
			if err != nil {
				return err
			}
			slices.SortStableFunc(guides, func(a, b *guide.Guide) int {
				return b.Application.Detect.Priority - a.Application.Detect.Priority
			})
			if err := listGuides(cmd.OutOrStdout(), g, guides); err != nil {
				return err
			}
			if g.output == "" {
				fmt.Fprintln(cmd.ErrOrStderr(), "All of one, its rules included: spotguide guides show NAME")
			}
			return nil
		},
	}
	outputs(cmd, "json", "yaml", "name")
	cmd.AddCommand(newGuidesShowCommand(g))
	return cmd
}

func listGuides(w io.Writer, g *globals, guides []*guide.Guide) error {
	switch g.output {
	case "json", "yaml":
		var all []guide.Application
		for _, one := range guides {
			all = append(all, one.Application)
		}
		return encode(w, g.output, all)
	case "name":
		for _, one := range guides {
			fmt.Fprintln(w, one.Name())
		}
		return nil
	}
	t := table.Table{Header: []string{"GUIDE", "RECOGNISED BY", "RENDERED BY", "DESCRIPTION"}}
	for _, one := range guides {
		t.Rows = append(t.Rows, []table.Cell{{Text: one.Name(), Style: table.Good}, {Text: recognisedBy(one)},
			{Text: string(one.Application.Render.Engine)}, {Text: one.Application.Description}})
	}
	return t.Write(w, terminal.Look(w, g.noColor))
}

// recognisedBy names the files that a guide looks for.
func recognisedBy(g *guide.Guide) string {
	var files []string
	for _, p := range slices.Concat(g.Application.Detect.All, g.Application.Detect.Any) {
		if !slices.Contains(files, p.File) {
			files = append(files, p.File)
		}
	}
	return strings.Join(files, ", ")
}

func newGuidesShowCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "show GUIDE",
		Short: "Write a guide's descriptors with all defaults, and the rules that every application has",
		Long: `Write a guide's four descriptors with all defaults filled in, and with the rules
that every application has. The output is a base to write .spotguide/ files from:
what they say is laid over this.`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completeGuides,
		RunE: func(cmd *cobra.Command, args []string) error {
			guides, err := spotguides.All()
			if err != nil {
				return err
			}
			i := slices.IndexFunc(guides, func(one *guide.Guide) bool { return one.Name() == args[0] })
			if i < 0 {
				return fmt.Errorf("there is no guide %q; `spotguide guides` lists them", args[0])
			}
			return showGuide(cmd.OutOrStdout(), g.output, guides[i])
		},
	}
	outputs(cmd, "yaml", "json")
	return cmd
}

func showGuide(w io.Writer, format string, g *guide.Guide) error {
	whole := g.SLA
	whole.Rules = sla.Rules(whole)
	documents := []any{g.Application, g.Environment, whole, g.Monitor}
	if format == "json" {
		return encode(w, format, documents)
	}
	for _, document := range documents {
		fmt.Fprintln(w, "---")
		if err := encode(w, "yaml", document); err != nil {
			return err
		}
	}
	return nil
}

// completeGuides offers the names of the guides.
func completeGuides(_ *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	guides, err := spotguides.All()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []cobra.Completion
	for _, one := range guides {
		names = append(names, cobra.CompletionWithDesc(one.Name(), one.Application.Description))
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
