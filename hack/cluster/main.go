// Program cluster runs a real Kubernetes control plane, with simulated or real
// nodes, from one file: every component is compiled in and runs as a process
// of its own.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/spotguide/spotguide/hack/cluster/internal/cluster"
	"github.com/spotguide/spotguide/hack/cluster/internal/component"
	"github.com/spotguide/spotguide/hack/cluster/internal/process"
)

func main() {
	os.Exit(run())
}

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if code, done := runComponent(ctx); done {
		return code
	}
	if err := command().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "cluster:", err)
		return 1
	}
	return 0
}

// runComponent turns this process into a component where the first argument
// names one. The component gets os.Args as its own program would.
func runComponent(ctx context.Context) (code int, done bool) {
	if len(os.Args) < 2 {
		return 0, false
	}
	args := os.Args[1:]
	switch args[0] {
	case process.BecomeArg:
		became, err := process.Become(args[1:])
		if err != nil {
			fmt.Fprintln(os.Stderr, "cluster:", err)
			return 1, true
		}
		args = became
	case "kubectl":
		return 0, false // a command of this program first, for its --dir
	}
	run, ok := component.Find(args[0])
	if !ok {
		return 0, false
	}
	os.Args = args
	return run(ctx), true
}

func command() *cobra.Command {
	root := &cobra.Command{
		Use:           "cluster",
		Short:         "A real Kubernetes control plane in one program, for tests and demonstrations",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	dir := root.PersistentFlags().String("dir", cmpEnv("CLUSTER_DIR", ".cluster/default"),
		"folder that holds all of the cluster (or $CLUSTER_DIR)")
	layout := func() (cluster.Layout, error) { return cluster.NewLayout(*dir) }
	root.AddCommand(upCommand(layout), downCommand(layout), statusCommand(layout), kubeconfigCommand(layout),
		logsCommand(layout), kubectlCommand(), loadImageCommand(layout), stopNodeCommand(layout), startNodeCommand(layout))
	return root
}

// at returns the folder that the command works on.
type at func() (cluster.Layout, error)

func cmpEnv(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}
