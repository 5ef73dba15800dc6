// Package integration runs the whole agent against the control plane and a real
// Git server: each test in namespaces of its own, most with one agent that they
// share, those that hurt the agent with one of their own.
package integration

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"k8s.io/client-go/tools/clientcmd"

	"github.com/spotguide/spotguide/agent"
	"github.com/spotguide/spotguide/agent/config"
	"github.com/spotguide/spotguide/render"
	"github.com/spotguide/spotguide/spotguides"
)

// agentVariable holds the configuration of an agent that this binary is to be.
const agentVariable = "SPOTGUIDE_TEST_AGENT"

// TestMain is also the program of the agents that tests start and kill, and of
// their render workers.
func TestMain(m *testing.M) {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if len(os.Args) == 2 && os.Args[1] == "render-worker" {
		exit(render.RunWorker(ctx, os.Stdin, os.Stdout))
	}
	if raw := os.Getenv(agentVariable); raw != "" {
		exit(runAgent(ctx, raw))
	}
	os.Exit(m.Run())
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// agentConfig is what a started agent gets.
type agentConfig struct {
	Kubeconfig string
	Config     config.Config
}

func runAgent(ctx context.Context, raw string) error {
	var c agentConfig
	if err := json.Unmarshal([]byte(raw), &c); err != nil {
		return err
	}
	cluster, err := clientcmd.BuildConfigFromFlags("", c.Kubeconfig)
	if err != nil {
		return err
	}
	guides, err := spotguides.All()
	if err != nil {
		return err
	}
	var level slog.LevelVar
	level.Set(slog.LevelDebug)
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: &level}))
	a, err := agent.New(c.Config, cluster, guides, &level, log)
	if err != nil {
		return err
	}
	return a.Run(ctx)
}
