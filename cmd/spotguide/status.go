package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/client-go/kubernetes"

	"github.com/spotguide/spotguide/cmd/spotguide/internal/fleet"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/overview"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/table"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/terminal"
)

func newStatusCommand(g *globals) *cobra.Command {
	var all, watch bool
	cmd := &cobra.Command{
		Use:   "status [APPLICATION]",
		Short: "Show what runs, at which revision, and how it is",
		Long: `Show the applications of a namespace, or of all namespaces that follow a
repository. With an application, tell all that is known of it: why it was
recognised, what happened to it, and what to do next.

READY counts healthy objects. REVISION and MESSAGE are whole with -o wide.

The exit code tells whether the status could be read, not whether all is well:
0 when it could, 1 otherwise. Scripts that wait for health use
kubectl wait --for=jsonpath='{.metadata.annotations.spotguide\.dev/phase}'=Healthy,
or spotguide sync.`,
		Example: `  spotguide status
  spotguide status -A
  spotguide status -n shop -w
  spotguide status cart -n shop
  spotguide status -n shop -o json`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: g.completeApplications,
		RunE: func(cmd *cobra.Command, args []string) error {
			client, namespace, err := g.reach()
			if err != nil {
				return err
			}
			s := statusCommand{client: client, namespace: namespace, format: g.output,
				out: cmd.OutOrStdout(), messages: cmd.ErrOrStderr(), noColor: g.noColor}
			if all {
				s.namespace = ""
			}
			switch {
			case len(args) == 1:
				return s.details(cmd.Context(), args[0])
			case watch:
				return s.watch(cmd.Context())
			default:
				return s.show(cmd.Context())
			}
		},
	}
	cmd.Flags().BoolVarP(&all, "all-namespaces", "A", false, "all namespaces that follow a repository")
	cmd.Flags().BoolVarP(&watch, "watch", "w", false, "go on showing what changes, until interrupted")
	outputs(cmd, "wide", "json", "yaml", "name")
	return cmd
}

// statusCommand is one run of it.
type statusCommand struct {
	client        kubernetes.Interface
	namespace     string // "" for all
	format        string
	out, messages io.Writer
	noColor       bool
}

func (s statusCommand) columns() overview.Columns {
	return overview.Columns{Namespaces: s.namespace == "", Wide: s.format == "wide"}
}

func (s statusCommand) read(ctx context.Context) ([]fleet.Namespace, error) {
	if s.namespace == "" {
		return fleet.List(ctx, s.client)
	}
	n, err := fleet.GetFollowed(ctx, s.client, s.namespace)
	return []fleet.Namespace{n}, err
}

// show prints once.
func (s statusCommand) show(ctx context.Context) error {
	namespaces, err := s.read(ctx)
	if err != nil {
		return err
	}
	switch s.format {
	case "json", "yaml":
		return encode(s.out, s.format, overview.NewList(namespaces))
	case "name":
		for _, r := range overview.Rows(namespaces) {
			fmt.Fprintln(s.out, r.Path())
		}
		return nil
	}
	if len(namespaces) == 0 {
		fmt.Fprintln(s.messages, "No namespace follows a repository yet. Have one do it:\n  spotguide follow REPOSITORY -n NAMESPACE")
		return nil
	}
	rows := overview.Rows(namespaces)
	t := overview.Table(rows, s.columns(), time.Now())
	if err := t.Write(s.out, s.look()); err != nil {
		return err
	}
	s.hint(namespaces, rows)
	return nil
}

// hint names the command that tells more, on what is worst.
func (s statusCommand) hint(namespaces []fleet.Namespace, rows []overview.Row) {
	if s.namespace != "" {
		for _, notice := range namespaces[0].Status.Notices {
			fmt.Fprintln(s.messages, "notice:", notice)
		}
		if p := namespaces[0].Status.Promotion; p != nil && p.Waiting == "" && p.Message != "" {
			fmt.Fprintln(s.messages, "promotion:", p.Message)
		}
	}
	if worst, ok := overview.Worst(rows); ok {
		fmt.Fprintf(s.messages, "\nMore: spotguide status %s -n %s\n", worst.Name, worst.Namespace)
	}
}

// details tells all about one application.
func (s statusCommand) details(ctx context.Context, arg string) error {
	namespace, name := application(arg, s.namespace)
	n, a, err := fleet.Find(ctx, s.client, namespace, name)
	if err != nil {
		return err
	}
	if s.format == "json" || s.format == "yaml" {
		return encode(s.out, s.format, overview.NewItem(n.Name, a))
	}
	return overview.Details(s.out, n, a, s.look(), time.Now())
}

// look is how tables are shown; -o wide is never cut.
func (s statusCommand) look() table.Look {
	look := terminal.Look(s.out, s.noColor)
	if s.format == "wide" {
		look.Width = 0
	}
	return look
}

// print prints one row as a document of its own.
func (s statusCommand) print(r overview.Row) error {
	switch s.format {
	case "name":
		_, err := fmt.Fprintln(s.out, r.Path())
		return err
	case "yaml":
		fmt.Fprintln(s.out, "---")
	}
	return encode(s.out, s.format, overview.NewItem(r.Namespace, r.Application))
}
