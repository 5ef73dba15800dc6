package agent

import (
	"context"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"github.com/spotguide/spotguide/agent/config"
	"github.com/spotguide/spotguide/agent/pipeline"
	"github.com/spotguide/spotguide/agent/platform"
	"github.com/spotguide/spotguide/agent/sites"
	"github.com/spotguide/spotguide/agent/source"
	"github.com/spotguide/spotguide/monitor"
	"github.com/spotguide/spotguide/monitor/observe"
	"github.com/spotguide/spotguide/monitor/operate"
	"github.com/spotguide/spotguide/monitor/remedy"
	"github.com/spotguide/spotguide/monitor/sla"
	"github.com/spotguide/spotguide/render"
	"github.com/spotguide/spotguide/spotguides"
	"github.com/spotguide/spotguide/sync/apply"
	"github.com/spotguide/spotguide/sync/drift"
	"github.com/spotguide/spotguide/sync/inventory"
)

// line is everything that runs while the agent leads.
type line struct {
	workshop   *workshop
	namespaces *namespaces
	reloader   *config.Reloader // nil without a file
}

// newLine makes the stages and ties them together.
func (a *Agent) newLine() (*line, error) {
	live := a.cfg.Live
	if a.cfg.File != "" {
		var err error
		if live, err = config.Overlay(live, a.cfg.File); err != nil {
			return nil, err
		}
	}
	gate := newGate(a.cfg.Concurrency)
	guides, err := newDetector(a.guides, gate)
	if err != nil {
		return nil, err
	}
	w := &workshop{
		bindings: newBindings(a.log), client: a.clients.typed, detector: guides,
		cluster: &capabilities{client: a.clients.typed, other: a.clients.dynamic},
		seeds:   &seeds{client: a.clients.typed, namespace: a.cfg.LeaseNamespace},
		gate:    gate, metrics: a.metrics, tenantRole: a.cfg.TenantRole, log: a.log,
	}
	w.bindings.workshop = w
	if w.snapshots, err = source.NewStore(filepath.Join(a.cfg.Data, "mirrors"), policy(live), source.Limits{}, a.log); err != nil {
		return nil, err
	}
	w.follow(policy(live))
	w.sites = sites.New(w.client, func() source.Policy { return *w.policy.Load() }, w.touched, a.log)
	w.poller = source.NewPoller(w.snapshots, a.log)
	w.renderer = render.New(render.Options{Worker: a.cfg.RenderWorker})
	mapper, err := apply.NewMapper(a.clients.cluster)
	if err != nil {
		return nil, err
	}
	if w.watcher, err = drift.New(a.clients.cluster, mapper, w.touched, a.log); err != nil {
		return nil, err
	}
	w.store = inventory.NewStore(a.clients.typed.CoreV1())
	w.applier, err = apply.New(a.clients.cluster, apply.Config{
		Mapper: mapper, Store: w.store, Allow: allowed(live), Live: w.watcher, Concurrency: a.cfg.Concurrency, Log: a.log,
	})
	if err != nil {
		return nil, err
	}
	w.observer = observe.New(a.clients.typed, w.observed)
	w.analysts, w.analyzers = observe.NewAnalysts(w.observer, w.secret, a.log), spotguides.Analyzers()
	w.operations = operate.New(a.clients.typed, w.analysts.Reach, func(namespace, application string) {
		w.touched(inventory.Owner{Namespace: namespace, Application: application})
	}, a.log)
	w.remedies, w.brake = remedy.New(a.clients.typed, remedy.Config{Operate: w.begin}), monitor.NewBrake()
	if w.rules, err = sla.NewCompiler(); err != nil {
		return nil, err
	}
	w.builder, err = a.newBuilder(w)
	if err != nil {
		return nil, err
	}
	w.steps = pipeline.New(w.client, w.applier, func(namespace, application string) {
		w.touched(inventory.Owner{Namespace: namespace, Application: application})
	}, a.log)
	if w.ingress, err = a.newIngress(w, mapper); err != nil {
		return nil, err
	}
	if w.ingress != nil {
		w.cluster.provisions = platform.Guide
	}
	w.recorder = newRecorder(w.client, w.store, w.gate, a.log, w.settled)
	l := &line{workshop: w}
	if l.namespaces, err = newNamespaces(a.clients.metadata, a.cfg.NamespaceSelector, w.annotated, w.allKnown); err != nil {
		return nil, err
	}
	if a.cfg.File != "" {
		l.reloader = config.NewReloader(a.cfg.File, a.cfg.Live, a.takeUp(w), a.log)
	}
	return l, nil
}

// Run runs the parts until ctx ends or one fails. The recorder stops last: it
// writes down what the others did before they stopped.
func (l *line) Run(ctx context.Context) error {
	w := l.workshop
	recording, stopRecording := context.WithCancel(context.WithoutCancel(ctx))
	defer stopRecording()
	var recorder errgroup.Group
	recorder.Go(func() error { return w.recorder.Run(recording) })

	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return w.watcher.Run(ctx) })
	group.Go(func() error { return w.observer.Run(ctx) })
	group.Go(func() error { return w.analysts.Run(ctx) })
	group.Go(func() error { return w.operations.Run(ctx) })
	group.Go(func() error { return w.poller.Run(ctx) })
	group.Go(func() error { return w.steps.Run(ctx) })
	group.Go(func() error { return w.sites.Run(ctx) })
	if w.builder != nil {
		group.Go(func() error { return w.builder.Run(ctx) })
	}
	group.Go(func() error { return w.bindings.Run(ctx, w.poller.Updates()) })
	group.Go(func() error {
		if err := w.store.Load(ctx); err != nil {
			return err
		}
		return l.namespaces.Run(ctx)
	})
	if l.reloader != nil {
		group.Go(func() error { return l.reloader.Run(ctx) })
	}
	err := group.Wait()
	if e := w.renderer.Close(); err == nil {
		err = e
	}
	stopRecording()
	if e := recorder.Wait(); err == nil {
		err = e
	}
	return err
}

// takeUp applies a changed configuration to what runs.
func (a *Agent) takeUp(w *workshop) func(config.Live) {
	return func(live config.Live) {
		level, err := live.Level()
		if err != nil {
			return // Overlay has checked it
		}
		a.level.Set(level)
		if err := w.snapshots.SetPolicy(policy(live)); err != nil {
			a.log.Error("configuration not taken up", "error", err)
			return
		}
		w.follow(policy(live))
		w.applier.SetAllow(allowed(live))
		a.log.Info("configuration taken up", "file", a.cfg.File)
	}
}

// follow takes over what may be reached.
func (w *workshop) follow(p source.Policy) { w.policy.Store(&p) }

func policy(l config.Live) source.Policy {
	return source.Policy{Allow: l.AllowRepositories, AllowFile: l.AllowFile, AllowHTTP: l.AllowHTTP, AllowPrivate: l.AllowPrivate}
}

func allowed(l config.Live) apply.AllowList {
	return apply.AllowList{{Kinds: l.AllowClusterKinds, Namespaces: l.AllowNamespaces}}
}
