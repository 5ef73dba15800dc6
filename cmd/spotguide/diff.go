package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/checkout"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/difference"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/fleet"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/terminal"
	"github.com/spotguide/spotguide/detect"
	"github.com/spotguide/spotguide/sync/apply"
)

func newDiffCommand(g *globals) *cobra.Command {
	var opt detect.Options
	cmd := &cobra.Command{
		Use:   "diff [DIR [APPLICATION...]]",
		Short: "Tell what a folder would change in the cluster",
		Long: `Render a folder as the agent would and compare every object with the live one, by
the API server's dry run: nothing is written. Environment, guide and path are
those of the namespace unless given; at the root of a clone, the folder is the
one that the namespace follows.

Values of Secrets are masked. It runs with your own rights, and does not know
what the agent's operator allows beyond a namespace.

Exit codes: 0 nothing would change; 1 something would; more than 1 something is
wrong. Even then the differences that could be found are written.`,
		Example: `  spotguide diff -n shop
  spotguide diff apps/shop cart -n shop
  spotguide diff -n shop -o name`,
		RunE: func(cmd *cobra.Command, args []string) error {
			d := diffCommand{globals: g, opt: opt, out: cmd.OutOrStdout(), messages: cmd.ErrOrStderr()}
			changed, err := d.run(cmd.Context(), args)
			switch {
			case err != nil:
				return &exitError{code: 2, err: err}
			case changed:
				return &exitError{code: 1}
			}
			return nil
		},
	}
	detectFlags(cmd, &opt)
	outputs(cmd, "name", "json", "yaml")
	troubleIsTwo(cmd)
	return cmd
}

// troubleIsTwo keeps a command that was called wrongly apart from one that
// found a difference.
func troubleIsTwo(cmd *cobra.Command) {
	check := cmd.PreRunE
	cmd.PreRunE = func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return &exitError{code: 2, err: err}
		}
		return nil
	}
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &exitError{code: 2, err: err} })
}

// diffCommand is one run of it.
type diffCommand struct {
	*globals
	opt           detect.Options
	out, messages io.Writer
}

func (d diffCommand) run(ctx context.Context, args []string) (changed bool, err error) {
	client, namespace, err := d.reach()
	if err != nil {
		return false, err
	}
	n, err := fleet.Get(ctx, client, namespace)
	var missing *fleet.NotFoundError
	if err != nil && !errors.As(err, &missing) {
		return false, err
	}
	if missing != nil {
		fmt.Fprintf(d.messages, "namespace %s does not exist yet: everything would be created\n", namespace)
	}
	bound, err := binding.Parse(namespace, n.Annotations)
	if err != nil {
		return false, fmt.Errorf("namespace %s: %w", namespace, err)
	}
	found, whole, err := d.find(ctx, folderArgument(args), bound)
	if err != nil {
		return false, err
	}
	defer found.checkout.Close()
	if err := found.narrow(args); err != nil {
		return false, err
	}
	cfg, err := d.cluster().Config()
	if err != nil {
		return false, err
	}
	c, err := newComparison(cfg, client, bound, missing != nil)
	if err != nil {
		return false, err
	}
	all, failures := c.compare(ctx, found, d.messages)
	if whole && len(args) <= 1 {
		gone, err := c.gone(ctx, found)
		all, failures = append(all, gone...), errors.Join(failures, err)
	}
	all = difference.Changed(all)
	return len(all) > 0, errors.Join(d.write(all), failures)
}

// find detects in the folder that is meant, as the namespace wants it done. It
// is whole when that is all of what the namespace follows.
func (d diffCommand) find(ctx context.Context, dir string, bound binding.Binding) (f found, whole bool, err error) {
	opt := d.opt
	opt.Environment = cmp.Or(opt.Environment, bound.Environment)
	opt.Guide = cmp.Or(opt.Guide, bound.Guide)
	if bound.Repository == "" {
		f, err = find(ctx, dir, opt)
		return f, false, err
	}
	c, err := checkout.Open(dir)
	if err != nil {
		return found{}, false, err
	}
	defer c.Close()
	if below := filepath.Join(c.Base, filepath.FromSlash(bound.Path)); c.Dir == "." && isFolder(below) {
		dir, whole = below, true
	}
	if whole = whole || c.Dir == bound.Path; whole {
		opt.RootName = bound.RootName()
	}
	f, err = find(ctx, dir, opt)
	return f, whole, err
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

func (d diffCommand) write(all []apply.Difference) error {
	switch d.output {
	case "json", "yaml":
		return encode(d.out, d.output, difference.Documents(all))
	case "name":
		return difference.WriteNames(d.out, all)
	}
	if err := difference.Write(d.out, all, terminal.Look(d.out, d.noColor).Colour); err != nil {
		return err
	}
	if len(all) == 0 {
		fmt.Fprintln(d.messages, "Nothing would change.")
		return nil
	}
	fmt.Fprintf(d.messages, "\n%s would change.\n", count(len(all), "object"))
	return nil
}
