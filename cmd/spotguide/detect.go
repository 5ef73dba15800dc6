package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/spotguide/spotguide/cmd/spotguide/internal/checkout"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/table"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/terminal"
	"github.com/spotguide/spotguide/detect"
	"github.com/spotguide/spotguide/spotguides"
	"github.com/spotguide/spotguide/spotguides/guide"
)

func newDetectCommand(g *globals) *cobra.Command {
	var opt detect.Options
	cmd := &cobra.Command{
		Use:     "detect [DIR]",
		GroupID: groupOffline,
		Short:   "Tell which applications a folder holds, and why",
		Long: `Tell which applications a folder holds, by which guide, and what that was seen
from. Kustomizations may refer to any folder of the Git repository around it.

Exit codes: 0 applications were found; 1 none was, somebody has to choose among
variants, or the folder cannot be read.`,
		Example: `  spotguide detect
  spotguide detect deploy/ --environment prod
  spotguide detect -o json | jq -r '.applications[].name'`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			found, err := find(cmd.Context(), folderArgument(args), opt)
			if err != nil {
				return err
			}
			defer found.checkout.Close()
			if err := found.write(cmd.OutOrStdout(), g); err != nil {
				return err
			}
			found.tell(cmd.ErrOrStderr(), args)
			return found.verdict()
		},
	}
	detectFlags(cmd, &opt)
	outputs(cmd, "json", "yaml", "name")
	return cmd
}

// detectFlags are those that detect and render share.
func detectFlags(cmd *cobra.Command, opt *detect.Options) {
	cmd.Flags().StringVarP(&opt.Environment, "environment", "e", "", "`name` of the environment, as in spotguide.dev/environment")
	cmd.Flags().StringVar(&opt.Guide, "guide", "", "take the folder for an application of this `guide`")
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("guide", completeGuides))
}

func folderArgument(args []string) string {
	if len(args) == 0 {
		return "."
	}
	return args[0]
}

// found is what was detected in a checkout.
type found struct {
	detect.Result
	checkout *checkout.Checkout
	guides   []*guide.Guide
}

func find(ctx context.Context, dir string, opt detect.Options) (found, error) {
	guides, err := spotguides.All()
	if err != nil {
		return found{}, err
	}
	c, err := checkout.Open(dir)
	if err != nil {
		return found{}, err
	}
	opt.RootName = cmp.Or(opt.RootName, c.Name)
	result, err := detect.Detect(ctx, c.Tree(), c.Dir, guides, opt)
	if err != nil {
		c.Close()
		return found{}, err
	}
	return found{result, c, guides}, nil
}

// detected is the form of an application in json and yaml.
type detected struct {
	Name      string            `json:"name"`
	Guide     string            `json:"guide"`
	Directory string            `json:"directory"`
	Facts     map[string]string `json:"facts,omitempty"`
	Why       []guide.Evidence  `json:"why"`
}

func (f found) write(w io.Writer, g *globals) error {
	switch g.output {
	case "json", "yaml":
		return encode(w, g.output, f.document())
	case "name":
		for _, m := range f.Matches {
			fmt.Fprintln(w, m.App)
		}
		return nil
	}
	look := terminal.Look(w, g.noColor)
	for i, m := range f.Matches {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "%s: %s in %s\n", table.Paint(table.Line(m.App), table.Good, look.Colour), m.Guide, table.Line(m.Dir))
		t := table.Table{Indent: "  "}
		for _, e := range m.Why {
			t.Rows = append(t.Rows, []table.Cell{{Text: e.Text}, {Text: place(e), Style: table.Faint}})
		}
		if err := t.Write(w, look); err != nil {
			return err
		}
	}
	return nil
}

func (f found) document() any {
	applications := make([]detected, 0, len(f.Matches))
	for _, m := range f.Matches {
		applications = append(applications, detected{m.App, m.Guide, m.Dir, m.Facts, m.Why})
	}
	return struct {
		Applications []detected         `json:"applications"`
		Undecided    []detect.Undecided `json:"undecided,omitempty"`
		Notices      []string           `json:"notices,omitempty"`
	}{applications, f.Undecided, f.Notices}
}

func place(e guide.Evidence) string {
	return guide.Problem{File: e.File, Line: e.Line}.Place()
}

// tell writes the notices, and what can be done next.
func (f found) tell(w io.Writer, args []string) {
	for _, notice := range f.Notices {
		fmt.Fprintln(w, "notice:", table.Line(notice))
	}
	if len(f.Matches) > 0 {
		fmt.Fprintln(w, strings.TrimSpace("What would be applied: spotguide render "+strings.Join(args, " ")))
	}
}

// verdict is the error for what detection could not settle.
func (f found) verdict() error {
	switch {
	case len(f.Undecided) > 0:
		u := f.Undecided[0]
		return fmt.Errorf("%s has several variants; choose with --environment %s", u.App, u.Variants[0])
	case len(f.Matches) == 0:
		return fmt.Errorf("no application found in %s; `spotguide guides` tells what is looked for", f.checkout.Name)
	}
	return nil
}
