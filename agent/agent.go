package agent

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"golang.org/x/sync/errgroup"
	"k8s.io/client-go/rest"

	"github.com/spotguide/spotguide/agent/config"
	"github.com/spotguide/spotguide/agent/server"
	"github.com/spotguide/spotguide/spotguides/guide"
)

// Agent is the whole daemon.
type Agent struct {
	cfg      config.Config
	guides   []*guide.Guide
	level    *slog.LevelVar
	log      *slog.Logger
	registry *prometheus.Registry
	clients  *clients
	metrics  *metrics
	ready    atomic.Bool
	line     atomic.Pointer[line] // set while leading
}

// New prepares an agent for the cluster. Level is what the configuration file
// may change of log.
func New(cfg config.Config, cluster *rest.Config, guides []*guide.Guide, level *slog.LevelVar, log *slog.Logger) (*Agent, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if len(cfg.RenderWorker) == 0 {
		self, err := os.Executable()
		if err != nil {
			return nil, fmt.Errorf("find this program, to run it as a render worker: %w", err)
		}
		cfg.RenderWorker = []string{self, "render-worker"}
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m := newMetrics(registry)
	c, err := newClients(cluster, m)
	if err != nil {
		return nil, err
	}
	return &Agent{cfg: cfg, guides: guides, level: level, log: log, registry: registry, metrics: m, clients: c}, nil
}

// Run serves and works until ctx ends; what is in flight then is finished or
// abandoned so that the next agent can take it up.
func (a *Agent) Run(ctx context.Context) error {
	if err := os.MkdirAll(a.cfg.Data, 0o700); err != nil {
		return fmt.Errorf("folder of the mirrors: %w (set another --data)", err)
	}
	srv, err := server.New(a.cfg.Listen, a, promhttp.HandlerFor(a.registry, promhttp.HandlerOpts{DisableCompression: true}),
		server.Hooks(a, a.webhookSecret, a.log), http.HandlerFunc(a.sources), a.log)
	if err != nil {
		return err
	}
	a.log.Info("agent started", "address", srv.Addr())
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return srv.Run(ctx) })
	group.Go(func() error {
		defer stop()
		if !a.cfg.LeaderElect {
			return a.work(ctx)
		}
		a.ready.Store(true) // standing by is being ready
		return lead(ctx, a.clients.typed, a.cfg.LeaseNamespace, a.cfg.LeaseName, a.log, a.work)
	})
	err = group.Wait()
	a.log.Info("agent stopped")
	return err
}

// work runs the line until ctx ends.
func (a *Agent) work(ctx context.Context) error {
	l, err := a.newLine()
	if err != nil {
		return err
	}
	a.line.Store(l)
	defer a.line.Store(nil)
	a.ready.Store(true)
	return l.Run(ctx)
}

// Live is nil while the agent's process works at all.
func (a *Agent) Live() error { return nil }

// Ready is nil once the agent watches, or stands by for the Lease.
func (a *Agent) Ready() error {
	if !a.ready.Load() {
		return errors.New("starting")
	}
	return nil
}

// sources hands running builds what they build from.
func (a *Agent) sources(w http.ResponseWriter, r *http.Request) {
	if l := a.line.Load(); l != nil && l.workshop.builder != nil {
		l.workshop.builder.Sources().ServeHTTP(w, r)
		return
	}
	http.NotFound(w, r)
}

// Nudge looks at a repository now, on behalf of a webhook.
func (a *Agent) Nudge(url string) int {
	if l := a.line.Load(); l != nil {
		return l.workshop.poller.Nudge(url)
	}
	return 0
}

// webhookSecret is read anew for each webhook, so that it can be rotated.
func (a *Agent) webhookSecret() ([]byte, error) {
	if a.cfg.WebhookSecretFile == "" {
		return nil, nil
	}
	secret, err := os.ReadFile(filepath.Clean(a.cfg.WebhookSecretFile))
	if err != nil {
		return nil, fmt.Errorf("read webhook secret: %w", err)
	}
	return bytes.TrimSpace(secret), nil
}
