package cluster

import (
	"context"
	"fmt"
	"io"
	"time"

	"golang.org/x/sync/errgroup"
)

// UpOptions say what shall be up.
type UpOptions struct {
	Nodes Nodes
	// Flags are extra ones for each component, by its name.
	Flags map[string][]string
	// Insecure are more registries, as HOST:PORT, that speak plain HTTP.
	Insecure []string
	// Install lets up install Debian packages that real nodes need.
	Install bool
	// Progress gets short lines on what is waited for.
	Progress io.Writer
}

// Up brings the cluster up and returns when it can be used. Several at the
// same time on one folder are fine: one works, the others find it done. What
// has died since is started again; nodes are added, never taken away.
func Up(ctx context.Context, l Layout, o UpOptions) error {
	begin := time.Now()
	say := func(format string, args ...any) { fmt.Fprintf(o.Progress, format+"\n", args...) }
	if err := l.looksOurs(); err != nil {
		return err
	}
	if o.Nodes.Real > 0 {
		if err := l.prepareReal(ctx, o.Install, say); err != nil {
			return err
		}
	}
	unlock, err := l.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if err := l.enoughDisk(); err != nil {
		return err
	}
	if err := l.make(); err != nil {
		return err
	}
	settings, err := l.settle(o)
	if err != nil {
		return err
	}
	if err := l.identities(settings); err != nil {
		return err
	}
	if err := newStarter(l, say).up(ctx, settings); err != nil {
		return err
	}
	say("cluster %s is ready after %.1f s", settings.ID, time.Since(begin).Seconds())
	return nil
}

// up starts the control plane, then what needs it, side by side.
func (s *starter) up(ctx context.Context, settings Settings) error {
	if err := s.controlPlane(ctx, settings); err != nil {
		return err
	}
	for _, step := range []func(context.Context, Settings) error{
		s.startSimulated, s.startReal, s.startMetrics, s.startStorage,
	} {
		if err := step(ctx, settings); err != nil {
			return err
		}
	}
	group, ctx := errgroup.WithContext(ctx)
	for _, wait := range []func(context.Context, Settings) error{
		s.waitControllers, s.waitNodes, s.waitMetrics,
	} {
		group.Go(func() error { return wait(ctx, settings) })
	}
	return group.Wait()
}

func (s *starter) controlPlane(ctx context.Context, settings Settings) error {
	if err := s.ensure(ctx, s.layout.etcd(settings)); err != nil {
		return err
	}
	// all at once: each waits for the one it needs
	if err := s.ensure(ctx, s.layout.apiserver(settings)); err != nil {
		return err
	}
	url := fmt.Sprintf("https://127.0.0.1:%d/readyz", settings.Ports["kube-apiserver"])
	if err := s.waitFor(ctx, "kube-apiserver", 2*time.Minute, s.healthy(url)); err != nil {
		return err
	}
	if err := s.ensure(ctx, s.layout.controllerManager(settings)); err != nil {
		return err
	}
	return s.ensure(ctx, s.layout.scheduler(settings))
}

func (s *starter) waitControllers(ctx context.Context, settings Settings) error {
	for _, name := range []string{"kube-controller-manager", "kube-scheduler"} {
		url := fmt.Sprintf("https://127.0.0.1:%d/healthz", settings.Ports[name])
		if err := s.waitFor(ctx, name, 3*time.Minute, s.healthy(url)); err != nil {
			return err
		}
	}
	return s.waitFor(ctx, "the default service account", 3*time.Minute, s.defaultServiceAccount)
}
