package main

import (
	"context"
	"fmt"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/spotguide/spotguide/agent/config"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/fleet"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/podlogs"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/terminal"
)

func newLogsCommand(g *globals) *cobra.Command {
	var options corev1.PodLogOptions
	var tail int64
	var since time.Duration
	var build bool
	var builds, step string
	cmd := &cobra.Command{
		Use:   "logs [APPLICATION]",
		Short: "Print what the containers of an application say",
		Long: `Print the logs of an application's pods, or of all that the namespace's
applications run. With -f, go on as they come, also from pods that start
meanwhile. With --build, those of the Jobs that have built their images in the
last day. With --step, those of a step's Jobs, oldest first, which stay for the
last three revisions that ran any.`,
		Example: `  spotguide logs cart -n shop
  spotguide logs cart -n shop -f --tail 10
  spotguide logs cart -n shop --previous
  spotguide logs cart -n shop --build -f
  spotguide logs cart -n shop --step migrate`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: g.completeApplications,
		RunE: func(cmd *cobra.Command, args []string) error {
			client, namespace, err := g.reach()
			if err != nil {
				return err
			}
			name := ""
			if len(args) > 0 {
				namespace, name = application(args[0], namespace)
			}
			if cmd.Flags().Changed("tail") {
				options.TailLines = &tail
			}
			if since > 0 {
				seconds := int64(max(since.Round(time.Second), time.Second) / time.Second)
				options.SinceSeconds = &seconds
			}
			p := &podlogs.Printer{Client: client, Namespace: namespace, Options: options,
				Out: cmd.OutOrStdout(), Messages: cmd.ErrOrStderr(), Colour: terminal.Look(cmd.OutOrStdout(), g.noColor).Colour}
			if err := followed(cmd.Context(), client, namespace, name); err != nil {
				return err
			}
			if build {
				p.Namespace, p.Selection = builds, podlogs.Builds(namespace, name)
			} else if step != "" {
				p.Selection = podlogs.Steps(name, step)
			} else if p.Selection, err = podlogs.Select(cmd.Context(), client, namespace, name); err != nil {
				return err
			}
			return printLogs(cmd.Context(), p, namespace)
		},
	}
	cmd.Flags().BoolVarP(&options.Follow, "follow", "f", false, "go on as they come, until interrupted")
	cmd.Flags().StringVarP(&options.Container, "container", "c", "", "only this container")
	cmd.Flags().BoolVarP(&options.Previous, "previous", "p", false, "of the containers that ran before the last restart")
	cmd.Flags().BoolVar(&options.Timestamps, "timestamps", false, "with the time of each line")
	cmd.Flags().Int64Var(&tail, "tail", -1, "only so many of the newest lines of each container")
	cmd.Flags().DurationVar(&since, "since", 0, "only what is no older, such as 5m")
	cmd.Flags().BoolVar(&build, "build", false, "of the builds of its image")
	cmd.Flags().StringVar(&builds, "build-namespace", config.Default().Build.Namespace, "`namespace` that the agent builds in")
	cmd.Flags().StringVar(&step, "step", "", "of the Jobs of this step")
	cmd.MarkFlagsMutuallyExclusive("follow", "previous")
	cmd.MarkFlagsMutuallyExclusive("build", "step")
	outputs(cmd)
	return cmd
}

// followed fails when the namespace or the application is none of the agent's.
func followed(ctx context.Context, client kubernetes.Interface, namespace, application string) error {
	if application != "" {
		_, _, err := fleet.Find(ctx, client, namespace, application)
		return err
	}
	_, err := fleet.GetFollowed(ctx, client, namespace)
	return err
}

func printLogs(ctx context.Context, p *podlogs.Printer, namespace string) error {
	if p.Options.Follow {
		ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
		defer stop()
		return p.Follow(ctx)
	}
	pods, err := p.Print(ctx)
	if err == nil && pods == 0 {
		fmt.Fprintf(p.Messages, "No pods. More: spotguide status -n %s\n", namespace)
	}
	return err
}
