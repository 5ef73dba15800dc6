package agent

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/agent/source"
	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/sync/inventory"
)

// bindings runs one tenant for each bound namespace. The namespace watch, the
// poller and the watches of what is live all come to it from goroutines of
// their own, so its maps stand under a lock.
type bindings struct {
	workshop *workshop
	log      *slog.Logger

	mu      sync.Mutex
	tenants map[string]*tenancy
	apps    map[inventory.Owner]*application
	waiting map[string]map[*application]bool // by the namespace waited for
	ending  map[string]<-chan struct{}       // tenants that were told to end
	fed     fed

	running sync.WaitGroup
}

// tenancy is a running tenant.
type tenancy struct {
	*tenant
	wanted binding.Binding // what the annotations ask for
	cancel context.CancelFunc
	done   chan struct{}
}

func newBindings(log *slog.Logger) *bindings {
	return &bindings{
		log: log, tenants: map[string]*tenancy{}, apps: map[inventory.Owner]*application{},
		waiting: map[string]map[*application]bool{}, ending: map[string]<-chan struct{}{},
		fed: fed{origins: map[string]origin{}, stood: map[string]standing{}},
	}
}

// annotated takes up a namespace as it is now; nil annotations mean that it is
// gone or on its way.
func (b *bindings) annotated(ctx context.Context, namespace string, annotations map[string]string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	t := b.tenants[namespace]
	if !binding.Bound(annotations) {
		if t != nil {
			t.cancel()
			delete(b.tenants, namespace)
			delete(b.fed.origins, namespace)
			delete(b.fed.stood, namespace)
			b.wakeFed(t.wanted.Repository)
			b.ending[namespace] = t.done
			b.workshop.metrics.bound.Dec()
			b.log.Info("namespace no longer followed", "namespace", namespace)
		}
		return
	}
	if t == nil {
		b.log.Info("namespace followed", "namespace", namespace, "repository", source.Redact(annotations[binding.Repository]))
		t = b.start(ctx, namespace)
	}
	b.wakeFed(t.wanted.Repository)
	t.wanted, _ = binding.Parse(namespace, annotations) // the tenant tells what is wrong
	b.wakeFed(t.wanted.Repository)
	t.annotate(annotations)
}

// start runs a new tenant once an earlier one of the same name has ended.
func (b *bindings) start(agent context.Context, namespace string) *tenancy {
	ctx, cancel := context.WithCancel(agent)
	t := &tenancy{tenant: newTenant(b.workshop, namespace), cancel: cancel, done: make(chan struct{})}
	b.tenants[namespace] = t
	b.workshop.metrics.bound.Inc()
	before := b.ending[namespace]
	delete(b.ending, namespace)
	b.running.Go(func() {
		defer close(t.done)
		defer cancel()
		if before != nil {
			<-before
		}
		b.keep(ctx, t.tenant)
		if agent.Err() == nil {
			t.forget(agent)
		}
	})
	return t
}

// keep runs a tenant, and again after a while should it not come up.
func (b *bindings) keep(ctx context.Context, t *tenant) {
	var retry backoff
	for {
		err := t.Run(ctx)
		if err == nil || ctx.Err() != nil {
			return
		}
		t.fail(ctx, "StartFailed", err)
		t.recorder.mark(t.ledger)
		select {
		case <-ctx.Done():
			return
		case <-time.After(retry.next(err)):
			t.wake.nudge()
		}
	}
}

// Run hands the poller's updates to the tenants until ctx ends, and then waits
// for all of them.
func (b *bindings) Run(ctx context.Context, updates <-chan source.Update) error {
	defer b.running.Wait()
	for {
		select {
		case <-ctx.Done():
			return nil
		case u := <-updates:
			b.deliver(u)
		}
	}
}

func (b *bindings) deliver(u source.Update) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, key := range u.Keys {
		namespace, lookup := strings.CutSuffix(key, lookupKey)
		if t := b.tenants[namespace]; t != nil {
			t.deliver(u, lookup)
		}
	}
}

// register makes an application known to whoever wakes applications.
func (b *bindings) register(a *application) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.apps[a.owner] = a
}

func (b *bindings) unregister(a *application) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.apps[a.owner] == a {
		delete(b.apps, a.owner)
	}
	for _, waiting := range b.waiting {
		delete(waiting, a)
	}
}

// touched wakes the application whose objects have changed.
func (b *bindings) touched(owner inventory.Owner) {
	b.mu.Lock()
	a := b.apps[owner]
	b.mu.Unlock()
	if a != nil {
		a.wake.nudge()
	}
}

// unmet names the first dependency that is not healthy, "" when all are, and
// has the application woken when that changes.
func (b *bindings) unmet(a *application, dependencies []binding.Dependency) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, d := range dependencies {
		if t := b.tenants[d.Namespace]; t != nil && t.ledger.phase(d.Application) == status.Healthy {
			continue
		}
		if b.waiting[d.Namespace] == nil {
			b.waiting[d.Namespace] = map[*application]bool{}
		}
		b.waiting[d.Namespace][a] = true
		return d.String()
	}
	return ""
}

// settled wakes those that wait for a namespace.
func (b *bindings) settled(namespace string, _ status.Phase) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for a := range b.waiting[namespace] {
		a.wake.nudge()
	}
	delete(b.waiting, namespace)
	b.stands(namespace)
}
