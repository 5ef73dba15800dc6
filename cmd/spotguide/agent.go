package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"sync"
	"syscall"

	"github.com/go-logr/logr"
	"github.com/spf13/cobra"
	"k8s.io/klog/v2"
	ctrllog "sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/spotguide/spotguide/agent"
	"github.com/spotguide/spotguide/agent/config"
	"github.com/spotguide/spotguide/spotguides"
)

func newAgentCommand(g *globals) *cobra.Command {
	cfg := config.Default()
	cmd := &cobra.Command{
		Use:   "agent",
		Short: "Follow annotated namespaces' repositories; this runs in the cluster",
		Long: `Watch annotated namespaces, follow their repositories, and keep what they hold
running: detect, render, apply, correct drift, heal.

It talks to the cluster of its own pod, or to that of --kubeconfig. SIGTERM and
SIGINT stop it in order: what is in flight is finished or left so that the next
agent takes it up, and the exit code is 0.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runAgent(cmd.Context(), g, cfg, cmd.ErrOrStderr())
		},
	}
	cfg.Flags(cmd.Flags())
	return cmd
}

// gcPercent trades a little of the processor, which the agent mostly leaves idle,
// for memory, which it holds all the time. The environment's GOGC goes before.
const gcPercent = 30

func runAgent(ctx context.Context, g *globals, cfg config.Config, logs io.Writer) error {
	if err := cfg.Validate(); err != nil {
		return err
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	level, err := cfg.Live.Level()
	if err != nil {
		return err
	}
	var dial slog.LevelVar
	dial.Set(level)
	log := newLogger(logs, cfg.LogFormat, &dial)
	guides, err := spotguides.All()
	if err != nil {
		return fmt.Errorf("load guides: %w", err)
	}
	cluster, err := g.cluster().Config()
	if err != nil {
		return err
	}
	if cfg.RenderWorker, err = renderWorker(); err != nil {
		return err
	}
	a, err := agent.New(cfg, cluster, guides, &dial, log)
	if err != nil {
		return err
	}
	var lean sync.WaitGroup
	defer lean.Wait()
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	lean.Go(func() { keepLean(ctx, log) })
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	return a.Run(ctx)
}

// newLogger makes the agent's log and routes the Kubernetes libraries' into it.
func newLogger(out io.Writer, format string, level slog.Leveler) *slog.Logger {
	options := &slog.HandlerOptions{Level: level}
	var handler slog.Handler = slog.NewTextHandler(out, options)
	if format == "json" {
		handler = slog.NewJSONHandler(out, options)
	}
	libraries := demoted{handler}.WithAttrs([]slog.Attr{slog.String("component", "kubernetes")})
	klog.SetSlogLogger(slog.New(libraries))
	ctrllog.SetLogger(logr.FromSlogHandler(libraries))
	return slog.New(handler)
}

// demoted takes a level off every record: what the Kubernetes libraries call an
// error they try again by themselves, and what they call information is theirs.
type demoted struct{ slog.Handler }

const demotion = slog.LevelError - slog.LevelWarn

func (d demoted) Enabled(ctx context.Context, level slog.Level) bool {
	return d.Handler.Enabled(ctx, level-demotion)
}

func (d demoted) Handle(ctx context.Context, r slog.Record) error {
	r.Level -= demotion
	return d.Handler.Handle(ctx, r)
}

func (d demoted) WithAttrs(attrs []slog.Attr) slog.Handler {
	return demoted{d.Handler.WithAttrs(attrs)}
}

func (d demoted) WithGroup(name string) slog.Handler {
	return demoted{d.Handler.WithGroup(name)}
}
