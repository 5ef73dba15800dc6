package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// globals are the flags that every command has.
type globals struct {
	kubeconfig, context, namespace, output string
	noColor                                bool
}

const rootHelp = `Annotate a namespace with a Git repository and push: the agent finds out what
the application is, renders it, applies it, keeps it that way, and keeps it
healthy.

  kubectl annotate namespace shop spotguide.dev/repository=https://git.example.org/shop

What would happen to a repository is told without a cluster:

  spotguide detect .     what is in it
  spotguide validate .   what is wrong with it
  spotguide render .     what would be applied

Exit codes: 0 done; 1 failed, or what was checked is not in order. Commands with
other codes say so.`

// newRootCommand builds the command tree. program is the name that it was called
// by: kubectl calls plugins kubectl-NAME.
func newRootCommand(program string) *cobra.Command {
	g := &globals{}
	root := &cobra.Command{
		Use:           "spotguide",
		Short:         "Git push to healthy workload on Kubernetes",
		Long:          rootHelp,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	if strings.HasPrefix(filepath.Base(program), "kubectl-") {
		root.Annotations = map[string]string{cobra.CommandDisplayNameAnnotation: "kubectl spotguide"}
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &usageError{err} })
	f := root.PersistentFlags()
	f.StringVar(&g.kubeconfig, "kubeconfig", "", "kubeconfig `file`; $KUBECONFIG or ~/.kube/config unless given")
	f.StringVar(&g.context, "context", "", "`context` of the kubeconfig")
	f.StringVarP(&g.namespace, "namespace", "n", "", "`namespace`; the context's unless given")
	f.StringVarP(&g.output, "output", "o", "", "`format` of the output; each command lists its own")
	f.BoolVar(&g.noColor, "no-color", false, "no colours; also NO_COLOR, TERM=dumb, or no terminal")
	root.AddGroup(&cobra.Group{ID: groupOffline, Title: "Without a cluster:"})
	root.AddCommand(
		newDetectCommand(g), newRenderCommand(g), newBuildCommand(g), newValidateCommand(g), newSLACommand(g), newGuidesCommand(g), newSchemaCommand(), newKafkaCommand(g),
		newVersionCommand(g), newAgentCommand(g), newRenderWorkerCommand(), newKoCommand())
	addClusterCommands(root, g)
	cobra.CheckErr(root.RegisterFlagCompletionFunc("output", completeOutputs))
	argumentsAreUsage(root)
	return root
}

// groupOffline are the commands that work without a cluster.
const groupOffline = "offline"

// argumentsAreUsage makes wrong arguments of any command usage errors.
func argumentsAreUsage(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return &usageError{err}
			}
			return nil
		}
	}
	for _, sub := range cmd.Commands() {
		argumentsAreUsage(sub)
	}
}

// outputsKey is the annotation of a command that lists its formats.
const outputsKey = "outputs"

// outputs says which formats -o takes in a command, beside none.
func outputs(cmd *cobra.Command, formats ...string) {
	cmd.Annotations = map[string]string{outputsKey: strings.Join(formats, " ")}
	cmd.PreRunE = func(cmd *cobra.Command, _ []string) error {
		o := cmd.Flag("output").Value.String()
		switch {
		case o == "" || slices.Contains(formats, o):
			return nil
		case len(formats) == 0:
			return &usageError{fmt.Errorf("-o %s: %s has no other format", o, cmd.Name())}
		}
		return &usageError{fmt.Errorf("-o %s: %s writes %s", o, cmd.Name(), strings.Join(formats, ", "))}
	}
}

// completeOutputs offers the formats of the command.
func completeOutputs(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return strings.Fields(cmd.Annotations[outputsKey]), cobra.ShellCompDirectiveNoFileComp
}
