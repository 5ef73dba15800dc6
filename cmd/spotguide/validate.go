package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/spotguide/spotguide/cmd/spotguide/internal/table"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/terminal"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/validate"
	"github.com/spotguide/spotguide/spotguides"
	"github.com/spotguide/spotguide/spotguides/guide"
)

func newValidateCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "validate [DIR|FILE...]",
		GroupID: groupOffline,
		Short:   "Check descriptors: .spotguide/ folders and guides",
		Long: `Check every descriptor in folders, or single ones: those of applications, in
.spotguide/, together with the guide that they are laid over, and those of
guides. All problems are told at once, rules' expressions included.

Exit codes: 0 all is in order; 1 there are problems, or a folder cannot be read.`,
		Example: `  spotguide validate
  spotguide validate .spotguide/sla.yaml
  spotguide validate apps/ guides/ -o json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				args = []string{"."}
			}
			return runValidate(cmd, g, args)
		},
	}
	outputs(cmd, "json", "yaml")
	return cmd
}

func runValidate(cmd *cobra.Command, g *globals, args []string) error {
	guides, err := spotguides.All()
	if err != nil {
		return err
	}
	v, err := validate.New(guides)
	if err != nil {
		return err
	}
	var problems guide.Problems
	files := 0
	for _, arg := range args {
		r, err := v.Path(cmd.Context(), arg)
		if err != nil {
			return err
		}
		problems = append(problems, r.Problems...)
		files += r.Files
	}
	if err := writeProblems(cmd.OutOrStdout(), g, problems); err != nil {
		return err
	}
	switch {
	case len(problems) > 0:
		return fmt.Errorf("%s; %s read", count(len(problems), "problem"), count(files, "descriptor"))
	case files == 0:
		fmt.Fprintln(cmd.ErrOrStderr(), "No descriptors found; an application may do without.")
	default:
		fmt.Fprintf(cmd.ErrOrStderr(), "%s in order.\n", count(files, "descriptor"))
	}
	return nil
}

func writeProblems(w io.Writer, g *globals, problems guide.Problems) error {
	if g.output != "" {
		return encode(w, g.output, append(guide.Problems{}, problems...))
	}
	look := terminal.Look(w, g.noColor)
	for _, p := range problems {
		hint := p.Hint
		p.Hint = ""
		fmt.Fprintln(w, table.Line(p.Error()))
		if hint != "" {
			fmt.Fprintln(w, "    "+table.Paint(table.Line(hint), table.Faint, look.Colour))
		}
	}
	return nil
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
