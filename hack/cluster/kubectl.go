package main

import (
	"fmt"
	"os"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/spotguide/spotguide/hack/cluster/internal/cluster"
	"github.com/spotguide/spotguide/hack/cluster/internal/process"
)

func kubeconfigCommand(layout at) *cobra.Command {
	return &cobra.Command{
		Use:   "kubeconfig",
		Short: "Print the path of the administrator's kubeconfig",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			l, err := layout()
			if err != nil {
				return err
			}
			fmt.Fprintln(cmd.OutOrStdout(), l.Kubeconfig())
			return nil
		},
	}
}

// kubectlCommand passes everything on, but for --dir where it comes first:
// behind it, every flag is kubectl's.
func kubectlCommand() *cobra.Command {
	return &cobra.Command{
		Use:                "kubectl [--dir D] ARGUMENTS",
		Short:              "The kubectl of the cluster's version, with the cluster's kubeconfig",
		DisableFlagParsing: true,
		RunE: func(_ *cobra.Command, args []string) error {
			dir := cmpEnv("CLUSTER_DIR", ".cluster/default")
			if len(args) > 1 && args[0] == "--dir" {
				dir, args = args[1], args[2:]
			} else if len(args) > 0 && strings.HasPrefix(args[0], "--dir=") {
				dir, args = strings.TrimPrefix(args[0], "--dir="), args[1:]
			}
			l, err := cluster.NewLayout(dir)
			if err != nil {
				return err
			}
			return execKubectl(l, args)
		},
	}
}

// execKubectl becomes kubectl; where the folder holds no cluster, it uses
// whatever KUBECONFIG says.
func execKubectl(l cluster.Layout, args []string) error {
	if _, err := os.Stat(l.Kubeconfig()); err == nil {
		if err := os.Setenv("KUBECONFIG", l.Kubeconfig()); err != nil {
			return fmt.Errorf("kubectl: %w", err)
		}
	}
	argv := append([]string{"cluster", process.BecomeArg, "", "", "", "kubectl"}, args...)
	if err := syscall.Exec(process.Self, argv, os.Environ()); err != nil {
		return fmt.Errorf("kubectl: %w", err)
	}
	return nil
}
