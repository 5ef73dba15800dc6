package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"

	"github.com/spotguide/spotguide/cmd/spotguide/internal/table"
	"github.com/spotguide/spotguide/detect"
	"github.com/spotguide/spotguide/render"
	"github.com/spotguide/spotguide/spotguides/guide"
)

func newRenderCommand(g *globals) *cobra.Command {
	var opt detect.Options
	var kubernetes string
	cmd := &cobra.Command{
		Use:     "render [DIR [APPLICATION...]]",
		GroupID: groupOffline,
		Short:   "Write the objects that would be applied",
		Long: `Write the objects of the applications in a folder, as the agent would apply them
to the namespace, before it adds its labels.

Exit codes: 0 all was rendered; 1 something was not: then nothing is written.`,
		Example: `  spotguide render | kubectl apply --dry-run=server -f -
  spotguide render deploy/ --environment prod -n shop
  spotguide render . cart -o json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			found, err := find(cmd.Context(), folderArgument(args), opt)
			if err != nil {
				return err
			}
			defer found.checkout.Close()
			if err := found.narrow(args); err != nil {
				return err
			}
			request := render.Request{Environment: opt.Environment, Namespace: cmp.Or(g.namespace, "default"),
				Kubernetes: render.Kubernetes{Version: kubernetes}}
			sets, err := found.render(cmd.Context(), request, cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			return writeSets(cmd.OutOrStdout(), g.output, sets)
		},
	}
	detectFlags(cmd, &opt)
	cmd.Flags().StringVar(&kubernetes, "kubernetes", render.DefaultVersion, "Kubernetes `version` that charts are told")
	outputs(cmd, "yaml", "json")
	return cmd
}

// narrow leaves only the applications that are named after the folder, and
// fails when there is nothing to render or something to decide.
func (f *found) narrow(args []string) error {
	if len(args) <= 1 {
		return f.verdict()
	}
	var known []string
	for _, m := range f.Matches {
		known = append(known, m.App)
	}
	for _, name := range args[1:] {
		if !slices.Contains(known, name) {
			return fmt.Errorf("there is no application %q; there are %s", name, strings.Join(known, ", "))
		}
	}
	f.Matches = slices.DeleteFunc(f.Matches, func(m guide.Match) bool { return !slices.Contains(args[1:], m.App) })
	return nil
}

// set is what one application renders to.
type set struct {
	match  guide.Match
	result render.Result
}

// render renders every application, and tells what is wrong with any of them.
func (f *found) render(ctx context.Context, request render.Request, messages io.Writer) ([]set, error) {
	worker, err := renderWorker()
	if err != nil {
		return nil, err
	}
	r := render.New(render.Options{Worker: worker})
	defer r.Close()
	for _, notice := range f.Notices {
		fmt.Fprintln(messages, "notice:", table.Line(notice))
	}
	var sets []set
	var failed []error
	for _, m := range f.Matches {
		result, err := f.renderOne(ctx, r, m, request)
		for _, notice := range result.Notices {
			fmt.Fprintf(messages, "notice: %s: %s\n", m.App, table.Line(notice))
		}
		if err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", m.App, err))
		}
		sets = append(sets, set{m, result})
	}
	return sets, errors.Join(failed...)
}

func (f *found) renderOne(ctx context.Context, r *render.Renderer, m guide.Match, request render.Request) (render.Result, error) {
	i := slices.IndexFunc(f.guides, func(g *guide.Guide) bool { return g.Name() == m.Guide })
	laid, err := guide.Overlaid(f.guides[i], f.checkout.Tree(), m)
	if err != nil {
		return render.Result{}, err
	}
	request.Tree, request.Match, request.Guide = f.checkout.Tree(), m, laid
	return r.Render(ctx, request)
}

// writeSets writes all objects: a List as json, else one YAML document each,
// with where it comes from.
func writeSets(w io.Writer, format string, sets []set) error {
	if format == "json" {
		items := []any{}
		for _, s := range sets {
			for _, o := range s.result.Objects {
				items = append(items, o.Object)
			}
		}
		return encode(w, format, map[string]any{"apiVersion": "v1", "kind": "List", "items": items})
	}
	for _, s := range sets {
		for _, o := range s.result.Objects {
			data, err := yaml.Marshal(o.Object)
			if err != nil {
				return fmt.Errorf("encode %s: %w", o.Origin, err)
			}
			if _, err := fmt.Fprintf(w, "---\n# %s: %s\n%s", s.match.App, table.Line(o.Origin), data); err != nil {
				return err
			}
		}
	}
	return nil
}
