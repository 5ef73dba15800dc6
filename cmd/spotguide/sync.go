package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/client-go/kubernetes"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/fleet"
)

func newSyncCommand(g *globals) *cobra.Command {
	var s syncCommand
	var all bool
	cmd := &cobra.Command{
		Use:   "sync",
		Short: "Look at the repository now, and wait until what it holds runs",
		Long: `Have the agent look at a namespace's repository now instead of at the next
interval, and wait until its applications have settled at what it found.

The exit code is 0 when all of them are healthy, and 1 when one is not, when the
time is up, or when a namespace is suspended.

An application that lost most of its objects from the repository is held until a
person approves. --approve-prune approves for the revision that is held, and for
no other: what that revision no longer holds is deleted from the cluster.`,
		Example: `  spotguide sync -n shop
  spotguide sync -A --wait=false
  spotguide sync -n shop --approve-prune`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if s.client, s.namespace, err = g.reach(); err != nil {
				return err
			}
			if all {
				s.namespace = ""
			}
			if all && s.approve {
				return errors.New("--approve-prune is for one namespace: name it with -n")
			}
			s.out, s.messages = cmd.OutOrStdout(), cmd.ErrOrStderr()
			return s.run(cmd.Context())
		},
	}
	cmd.Flags().BoolVarP(&all, "all-namespaces", "A", false, "all namespaces that follow a repository")
	cmd.Flags().BoolVar(&s.wait, "wait", true, "wait until the applications have settled")
	cmd.Flags().DurationVar(&s.timeout, "timeout", 5*time.Minute, "how long to wait")
	cmd.Flags().BoolVar(&s.approve, "approve-prune", false, "let the held revision delete what it no longer holds")
	outputs(cmd)
	return cmd
}

// syncCommand is one run of it.
type syncCommand struct {
	client        kubernetes.Interface
	namespace     string // "" for all
	wait, approve bool
	timeout       time.Duration
	out, messages io.Writer
}

func (s syncCommand) run(ctx context.Context) error {
	namespaces, err := s.chosen(ctx)
	if err != nil {
		return err
	}
	token := time.Now().UTC().Format(time.RFC3339Nano)
	asked := map[string]bool{}
	var errs []error
	for _, n := range namespaces {
		if err := s.ask(ctx, n, token); err != nil {
			errs = append(errs, err)
			continue
		}
		asked[n.Name] = true
		fmt.Fprintf(s.messages, "namespace %s: asked for a sync of %s\n", n.Name, n.Annotations[binding.Repository])
	}
	if s.wait && len(asked) > 0 {
		errs = append(errs, s.settle(ctx, token, asked))
	} else if len(asked) > 0 {
		fmt.Fprintf(s.messages, "\nWatch it: spotguide status -w %s\n", s.scope())
	}
	return errors.Join(errs...)
}

// scope is the flag that names what the command works on.
func (s syncCommand) scope() string {
	if s.namespace == "" {
		return "-A"
	}
	return "-n " + s.namespace
}

func (s syncCommand) chosen(ctx context.Context) ([]fleet.Namespace, error) {
	if s.namespace != "" {
		n, err := fleet.GetFollowed(ctx, s.client, s.namespace)
		return []fleet.Namespace{n}, err
	}
	all, err := fleet.List(ctx, s.client)
	if err == nil && len(all) == 0 {
		err = errors.New("no namespace follows a repository: `spotguide follow REPOSITORY -n NAMESPACE`")
	}
	return all, err
}

// ask sets the annotations that the agent waits for.
func (s syncCommand) ask(ctx context.Context, n fleet.Namespace, token string) error {
	if n.Annotations[binding.Suspend] == "true" {
		return fmt.Errorf("namespace %s is suspended: `spotguide resume -n %s` first", n.Name, n.Name)
	}
	set := map[string]string{binding.SyncRequestedAt: token}
	if s.approve {
		revision, err := held(n)
		if err != nil {
			return err
		}
		set[binding.PruneApproved] = revision
		fmt.Fprintf(s.messages, "namespace %s: approved what %s deletes\n", n.Name, revision)
	}
	return fleet.Annotate(ctx, s.client, n, set)
}

// held is the revision of the namespace that waits for an approval to prune.
func held(n fleet.Namespace) (string, error) {
	revisions := map[string][]string{} // applications by held revision
	for _, a := range n.Status.Applications {
		if a.Held != "" {
			revisions[a.Held] = append(revisions[a.Held], a.Name)
		}
	}
	switch len(revisions) {
	case 0:
		return "", fmt.Errorf("nothing in namespace %s waits for an approval to delete: `spotguide status -n %s`", n.Name, n.Name)
	case 1:
		for revision := range revisions {
			return revision, nil
		}
	}
	var each []string
	for revision, apps := range revisions {
		each = append(each, fmt.Sprintf("%s of %s", revision, strings.Join(apps, ", ")))
	}
	return "", fmt.Errorf("several revisions wait in namespace %s (%s): run `spotguide sync -n %s` first, and approve what waits then",
		n.Name, strings.Join(each, "; "), n.Name)
}
