package main

import (
	"io"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/client-go/kubernetes"

	"github.com/spotguide/spotguide/cmd/spotguide/internal/check"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/terminal"
)

func newCheckCommand(g *globals) *cobra.Command {
	var pre bool
	var agentNamespace string
	var wait time.Duration
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Look whether the installation works, or whether one would",
		Long: `Look at the cluster, the agent, its rights, and the namespaces that follow a
repository; with --pre, at what an installation needs. What is wrong comes with
a hint.

With -n, only that namespace is looked at beside the agent, and what is wrong
with it is a failure; otherwise what is wrong with namespaces is a warning.

Exit codes: 0 nothing failed, there may be warnings; 1 something failed.`,
		Example: `  spotguide check --pre
  spotguide check
  spotguide check -n shop
  spotguide check --wait 2m -o short`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := g.cluster().Client()
			if err != nil {
				return err
			}
			categories := installed(client, agentNamespace, g.namespace)
			if pre {
				categories = append(check.Kubernetes(client), check.Install(client, agentNamespace)...)
			}
			var deadline time.Time
			if wait > 0 {
				deadline = time.Now().Add(wait)
			}
			out := cmd.OutOrStdout()
			tell := resultWriter(out, g)
			report := check.Run(cmd.Context(), categories, deadline, tell.Write)
			if g.output == "json" {
				if err := encode(out, "json", report); err != nil {
					return err
				}
			} else {
				tell.Verdict(report)
			}
			if !report.Success {
				return &exitError{code: 1}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&pre, "pre", false, "look whether spotguide could be installed")
	cmd.Flags().StringVar(&agentNamespace, "agent-namespace", "spotguide-system", "`namespace` of the agent")
	cmd.Flags().DurationVar(&wait, "wait", 0, "try again what fails for so long")
	outputs(cmd, "table", "json", "short")
	return cmd
}

// installed are the checks of an installation.
func installed(client kubernetes.Interface, agentNamespace, namespace string) []check.Category {
	categories := append(check.Kubernetes(client), check.NewAgent(client, agentNamespace).Categories()...)
	return append(categories, check.Namespaces(client, namespace)...)
}

// resultWriter writes results as they come, nothing of them for json.
func resultWriter(out io.Writer, g *globals) *check.Writer {
	if g.output == "json" {
		out = io.Discard
	}
	return &check.Writer{Out: out, Colour: terminal.Look(out, g.noColor).Colour, Short: g.output == "short"}
}
