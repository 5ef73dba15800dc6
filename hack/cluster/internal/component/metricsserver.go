package component

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/pflag"
	"k8s.io/component-base/logs"
	logsapi "k8s.io/component-base/logs/api/v1"
	"sigs.k8s.io/metrics-server/cmd/metrics-server/app/options"
)

// runMetricsServer does what metrics-server's own command does, without its
// check that --metric-resolution is at least 10 s: that spares large clusters,
// and would make every test that autoscales wait.
func runMetricsServer(ctx context.Context) int {
	logs.InitLogs()
	defer logs.FlushLogs()
	if err := serveMetrics(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "metrics-server:", err)
		return 1
	}
	return 0
}

func serveMetrics(ctx context.Context) error {
	o := options.NewOptions()
	flags := pflag.NewFlagSet(os.Args[0], pflag.ContinueOnError)
	// its usage would push the message that matters out of sight
	flags.Usage = func() {}
	sets := o.Flags()
	for _, set := range sets.FlagSets {
		flags.AddFlagSet(set)
	}
	if err := flags.Parse(os.Args[1:]); err != nil {
		return fmt.Errorf("flags: %w", err)
	}
	if err := logsapi.ValidateAndApply(o.Logging, nil); err != nil {
		return fmt.Errorf("logging: %w", err)
	}
	config, err := o.ServerConfig()
	if err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	server, err := config.Complete()
	if err != nil {
		return fmt.Errorf("configuration: %w", err)
	}
	return server.RunUntil(ctx.Done())
}
