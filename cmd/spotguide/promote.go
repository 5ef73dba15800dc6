package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/client-go/kubernetes"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/fleet"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/overview"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/table"
)

func newPromoteCommand(g *globals) *cobra.Command {
	var p promoteCommand
	cmd := &cobra.Command{
		Use:   "promote [APPLICATION]",
		Short: "Run what is healthy in another namespace",
		Long: `Have a namespace run the revision that is healthy in another one that follows the
same repository. It stays at that revision until another one is promoted;
spotguide resume --promotion has it follow its own ref again.

Without --from, what waits for an approval is promoted: environment.yaml says
promote: {from: ENVIRONMENT, approval: true}, and spotguide status shows it.

What is promoted is what the source namespace runs if all of it is healthy there;
with an application, that application's last healthy revision. A revision that is
not known to be healthy in the source is refused; --force promotes it all the
same. The exit code is 0 when it is promoted or was already, 1 otherwise.`,
		Example: `  spotguide promote -n shop --from shop-staging
  spotguide promote -n shop --from shop-staging --dry-run
  spotguide promote cart -n shop --from shop-staging
  spotguide promote -n shop --from shop-staging --revision main@1a2b3c4
  spotguide promote -n shop`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if p.client, p.namespace, err = g.reach(); err != nil {
				return err
			}
			if len(args) == 1 {
				p.application = args[0]
			}
			p.out, p.messages, p.format = cmd.OutOrStdout(), cmd.ErrOrStderr(), g.output
			return p.run(cmd.Context())
		},
	}
	cmd.Flags().StringVar(&p.from, "from", "", "namespace in which the revision is healthy")
	cmd.Flags().StringVar(&p.revision, "revision", "", "revision to promote, as status shows it")
	cmd.Flags().BoolVar(&p.dryRun, "dry-run", false, "only tell what would be promoted")
	cmd.Flags().BoolVar(&p.force, "force", false, "promote a revision that is not known to be healthy in the source")
	cobra.CheckErr(cmd.RegisterFlagCompletionFunc("from", g.completeNamespaces))
	outputs(cmd, "json", "yaml")
	return cmd
}

// promoteCommand is one run of it.
type promoteCommand struct {
	client                                 kubernetes.Interface
	namespace, application, from, revision string
	dryRun, force                          bool
	format                                 string
	out, messages                          io.Writer
}

func (p promoteCommand) run(ctx context.Context) error {
	to, err := fleet.GetFollowed(ctx, p.client, p.namespace)
	if err != nil {
		return err
	}
	if to.Annotations[binding.Suspend] == "true" {
		return fmt.Errorf("namespace %s is suspended, so nothing would come in: `spotguide resume -n %s` first", to.Name, to.Name)
	}
	offer, err := p.offer(ctx, to)
	if err != nil {
		return err
	}
	if !p.dryRun && !offer.Unchanged {
		set := map[string]string{binding.Promoted: offer.Revision, binding.PromotedFrom: offer.From, binding.RollbackTo: ""}
		if err := fleet.Annotate(ctx, p.client, to, set); err != nil {
			return err
		}
	}
	return p.tell(to, offer)
}

// offer is what is promoted, or why nothing is.
func (p promoteCommand) offer(ctx context.Context, to fleet.Namespace) (overview.Promotion, error) {
	asked := overview.Asked{Application: p.application, Revision: p.revision, Force: p.force}
	if p.from == "" {
		return overview.Approve(to, asked)
	}
	if p.from == p.namespace {
		return overview.Promotion{}, errors.New("--from names the namespace that it is promoted to: name the one where it is healthy")
	}
	from, err := fleet.GetFollowed(ctx, p.client, p.from)
	if err != nil {
		return overview.Promotion{}, err
	}
	return overview.Promote(to, from, asked)
}

// tell tells what was promoted.
func (p promoteCommand) tell(to fleet.Namespace, offer overview.Promotion) error {
	offer.DryRun = p.dryRun
	if p.format != "" {
		return encode(p.out, p.format, offer)
	}
	if offer.Unchanged {
		fmt.Fprintf(p.out, "namespace %s runs %s already\n", to.Name, overview.Short(offer.Revision))
		return nil
	}
	verb := "is promoted"
	if p.dryRun {
		verb = "would be promoted"
	}
	was := overview.Short(offer.Previous)
	if was == "" {
		was = "nothing"
	}
	fmt.Fprintf(p.out, "namespace %s %s from %s to %s, which is %s in %s\n", to.Name, verb, was, overview.Short(offer.Revision), offer.Health, offer.From)
	if len(offer.Between) > 0 {
		fmt.Fprintf(p.messages, "\nWhat ran in %s since:\n", offer.From)
		t := table.Table{Indent: "  "}
		for _, c := range offer.Between {
			t.Rows = append(t.Rows, []table.Cell{{Text: overview.Short(c.Revision)}, {Text: overview.Age(c.At, time.Now())}})
		}
		if err := t.Write(p.messages, table.Look{}); err != nil {
			return err
		}
	}
	if offer.Undone != "" {
		fmt.Fprintf(p.messages, "It is no longer rolled back to %s.\n", overview.Short(offer.Undone))
	}
	if !p.dryRun {
		fmt.Fprintf(p.messages, "\nWatch it:                  spotguide status -w -n %s\n"+
			"Follow its own ref again:  spotguide resume --promotion -n %s\n", to.Name, to.Name)
	}
	return nil
}
