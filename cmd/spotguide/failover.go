package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/client-go/kubernetes"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/agent/sites"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/fleet"
	"github.com/spotguide/spotguide/monitor/failover"
)

func newFailoverCommand(g *globals) *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "failover APPLICATION",
		Short: "Move an application to this cluster from its other site",
		Long: `Make this cluster's site the primary of an application whose sla.yaml says
failover. The other site stops first; where its agent does not, it is stopped from
here, if its cluster answers.

Where it does not answer, nobody can tell whether the application still runs there.
--force takes over all the same, once the other site was not heard of for as long as
sla.yaml says: be sure that it is off, for there would be two.`,
		Example: `  spotguide failover cart -n shop --context graz
  spotguide failover cart -n shop --context graz --force`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: g.completeApplications,
		RunE: func(cmd *cobra.Command, args []string) error {
			return moveHere(cmd, g, args[0], force, func(sites.Report) error { return nil })
		},
	}
	cmd.Flags().BoolVar(&force, "force", false, "take over from a site that does not answer: only if it is known to be off")
	outputs(cmd)
	return cmd
}

func newFailbackCommand(g *globals) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "failback APPLICATION",
		Short: "Move an application back to its first site, which is this cluster",
		Long: `Make this cluster's site the primary again: the first one that the application's
sla.yaml names. The other site stops first.`,
		Example:           `  spotguide failback cart -n shop --context vienna`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: g.completeApplications,
		RunE: func(cmd *cobra.Command, args []string) error {
			return moveHere(cmd, g, args[0], false, func(r sites.Report) error {
				if first := r.Settings.Sites[0]; r.Site != first {
					return fmt.Errorf("this cluster is %s, and the first site is %s: run it there, or `spotguide failover` here", r.Site, first)
				}
				return nil
			})
		},
	}
	outputs(cmd)
	return cmd
}

// moveHere asks the agent to make this cluster the application's primary.
func moveHere(cmd *cobra.Command, g *globals, arg string, force bool, fits func(sites.Report) error) error {
	client, namespace, err := g.reach()
	if err != nil {
		return err
	}
	namespace, name := application(arg, namespace)
	n, _, err := fleet.Find(cmd.Context(), client, namespace, name)
	if err != nil {
		return err
	}
	r, err := site(cmd.Context(), client, namespace, name)
	if err == nil {
		err = fits(r)
	}
	if err != nil {
		return err
	}
	if r.Role == failover.Primary {
		fmt.Fprintf(cmd.OutOrStdout(), "%s is primary of %s/%s already, by epoch %d\n", r.Site, namespace, name, r.Epoch)
		return nil
	}
	if n.Annotations[binding.Suspend] == "true" {
		return fmt.Errorf("namespace %s is suspended, so nothing would come up: `spotguide resume -n %s` first", namespace, namespace)
	}
	if err := approveMove(cmd.Context(), client, n, r, force); err != nil {
		return err
	}
	tellMove(cmd.OutOrStdout(), cmd.ErrOrStderr(), namespace, name, r, force)
	return nil
}

// site reads how an application stands in this cluster.
func site(ctx context.Context, client kubernetes.Interface, namespace, name string) (sites.Report, error) {
	reports, err := fleet.Sites(ctx, client, namespace)
	if err != nil {
		return sites.Report{}, err
	}
	r, known := reports[name]
	if !known || len(r.Settings.Sites) != 2 {
		return r, fmt.Errorf("%s/%s does not fail over: its sla.yaml has no failover, or its agent has not looked yet", namespace, name)
	}
	return r, nil
}

func approveMove(ctx context.Context, client kubernetes.Interface, n fleet.Namespace, r sites.Report, force bool) error {
	if r.Epoch == 0 {
		return errors.New("it has not begun anywhere yet: `spotguide sla explain` tells what it waits for")
	}
	id := failover.Ask(r.Settings.Sites, r.Site, r.Epoch+1)
	if force {
		id = failover.Force(r.Settings.Sites, r.Site, r.Epoch+1)
	}
	var approved []string
	if before := n.Annotations[binding.Approved]; before != "" {
		approved = strings.Split(before, ",")
	}
	if slices.Contains(approved, id) {
		return nil
	}
	return fleet.Annotate(ctx, client, n, map[string]string{binding.Approved: strings.Join(append(approved, id), ",")})
}

func tellMove(out, messages io.Writer, namespace, name string, r sites.Report, force bool) {
	from := r.Primary
	if from == "" {
		from = r.Settings.Other(r.Site)
	}
	how := from + " stops first"
	if force {
		how = "whether or not " + from + " has stopped, if it is not heard of"
	}
	fmt.Fprintf(out, "%s takes %s/%s over from %s by epoch %d: %s\n", r.Site, namespace, name, from, r.Epoch+1, how)
	fmt.Fprintf(messages, "\nWatch it:             spotguide status -w -n %s\nWhat it waits for:    spotguide sla explain %s -n %s\n", namespace, name, namespace)
}
