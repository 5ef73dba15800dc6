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

With -o json or yaml the answer is an object: applications, undecided, sources and
notices. An application has name, dir, guide, facts and why (fact, file, line and
text of each piece of evidence). One whose source code was read also has kind
(service, worker, job, cron, static or function), language, version, framework,
manager, workspace (the folder of the lock file that it shares), install, build,
start, migrate, schedule, cgo, output, ports (name, port and protocol, the main
one first), protocol (http, grpc, websocket, tcp or none), health, services
(kind, and role, topics and groups of a broker; optional where it can do without,
bundled where its packages bring the client along) and dockerfile. One that a
chart, a kustomization or manifests deploy has sources, the source code beside
them, each with dir, these fields and why; where there is only one, its fields
stand in the application, too. Where nothing was found to deploy, the answer's
own sources are the code that is there.
What is not known is left out.

Exit codes: 0 applications were found; 1 none was, somebody has to choose among
variants, or the folder cannot be read.`,
		Example: `  spotguide detect
  spotguide detect deploy/ --environment prod
  spotguide detect -o json | jq -r '.applications[] | .dir + " " + .language'`,
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

// write shows what was found, as a person reads it or in the format asked for.
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
		if err := writeMatch(w, look, m); err != nil {
			return err
		}
	}
	return nil
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
