package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"

	"github.com/spotguide/spotguide/agent/platform"
	"github.com/spotguide/spotguide/sync/apply"
	"github.com/spotguide/spotguide/sync/inventory"
)

func newPlatformRemoveCommand(g *globals, namespace *string) *cobra.Command {
	var force bool
	cmd := &cobra.Command{
		Use:   "remove",
		Short: "Take away the ingress controller that the agent has brought up",
		Long: `Take away what the agent has brought up, once no application needs it. The
definitions of its kinds stay, for others may have written objects of them. It is
brought up again when an application needs it.`,
		Example: "  spotguide platform remove",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			report, err := g.survey(cmd.Context(), *namespace)
			if err != nil {
				return err
			}
			if report.Ingress == nil {
				fmt.Fprintf(cmd.OutOrStdout(), "nothing was brought up in namespace %s\n", *namespace)
				return nil
			}
			if owners := slices.Sorted(maps.Keys(report.Ingress.For)); len(owners) > 0 && !force {
				return fmt.Errorf("%s needs it; --force takes it away all the same", strings.Join(owners, ", "))
			}
			client, _, err := g.reach()
			if err != nil {
				return err
			}
			cfg, err := g.cluster().Config()
			if err != nil {
				return err
			}
			return removeIngress(cmd.Context(), cfg, client, *namespace, cmd.OutOrStdout())
		},
	}
	outputs(cmd)
	cmd.Flags().BoolVar(&force, "force", false, "also while applications need it")
	return cmd
}

// removeIngress prunes all that was installed, by its inventory.
func removeIngress(ctx context.Context, cfg *rest.Config, client kubernetes.Interface, namespace string, w io.Writer) error {
	mapper, err := apply.NewMapper(cfg)
	if err != nil {
		return err
	}
	store := inventory.NewStore(client.CoreV1())
	applier, err := apply.New(cfg, apply.Config{Mapper: mapper, Store: store})
	if err != nil {
		return err
	}
	owner := inventory.Owner{Namespace: namespace, Application: platform.Guide}
	result, failed := applier.Apply(ctx, apply.Set{Owner: owner}, apply.Options{Identity: apply.AsAgent, Prune: true, PruneApproved: true})
	for _, c := range result.Changes {
		if c.Action == apply.Kept {
			continue // definitions, as the help says
		}
		line := fmt.Sprintf("%s %s", c.Ref, c.Action)
		if c.Note != "" {
			line += ": " + c.Note
		}
		fmt.Fprintln(w, line)
	}
	return errors.Join(failed, applier.Commit(ctx, owner, result.Record), platform.Forget(ctx, client, namespace))
}
