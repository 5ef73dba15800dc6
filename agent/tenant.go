package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"

	corev1 "k8s.io/api/core/v1"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/agent/source"
	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/detect"
	"github.com/spotguide/spotguide/spotguides/guide"
	"github.com/spotguide/spotguide/sync/inventory"
)

// tenant is one bound namespace. Its goroutine is the only one that detects for
// it and that starts and ends its applications.
type tenant struct {
	*workshop
	namespace string
	ledger    *ledger
	wake      nudge
	log       *slog.Logger

	permission struct { // taken by applications
		sync.Mutex
		granted bool
	}

	inbox struct { // written by bindings, read by Run
		sync.Mutex
		annotations map[string]string
		update      *source.Update
	}

	// Owned by Run's goroutine.
	bound     binding.Binding
	following bool
	memory    memory // what an earlier agent wrote down
	seen      string // what was detected last, as a content address
	matches   []guide.Match
	undecided []detect.Undecided
	apps      map[string]*application
	running   sync.WaitGroup
}

func newTenant(w *workshop, namespace string) *tenant {
	return &tenant{
		workshop: w, namespace: namespace, ledger: newLedger(namespace), wake: newNudge(),
		log: w.log.With("namespace", namespace), apps: map[string]*application{},
	}
}

// annotate hands over the namespace's annotations as they are now.
func (t *tenant) annotate(annotations map[string]string) {
	t.inbox.Lock()
	t.inbox.annotations = annotations
	t.inbox.Unlock()
	t.wake.nudge()
}

// deliver hands over what the poller found.
func (t *tenant) deliver(u source.Update) {
	t.inbox.Lock()
	t.inbox.update = &u
	t.inbox.Unlock()
	t.wake.nudge()
}

// Run follows the namespace until ctx ends, and then waits for its
// applications. Nothing is removed from the cluster by that.
func (t *tenant) Run(ctx context.Context) error {
	defer t.running.Wait()
	defer t.poller.Unfollow(t.namespace)
	if err := t.remember(ctx); err != nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.wake:
			t.step(ctx)
			t.recorder.mark(t.ledger)
		}
	}
}

// step takes up what has come in. A panic is contained in the namespace.
func (t *tenant) step(ctx context.Context) {
	defer func() {
		if p := recover(); p != nil {
			t.fail("InternalError", panicked(p))
		}
	}()
	t.inbox.Lock()
	annotations, update := t.inbox.annotations, t.inbox.update
	t.inbox.Unlock()

	bound, err := binding.Parse(t.namespace, annotations)
	if err != nil {
		t.poller.Unfollow(t.namespace)
		t.following = false
		t.fail("InvalidAnnotation", err)
		return
	}
	changed := !bound.Equal(t.bound)
	nudged := bound.SyncRequestedAt != t.bound.SyncRequestedAt
	if changed || !t.following {
		t.bound = bound
		if err := t.follow(ctx); err != nil {
			t.fail("CredentialsUnusable", err)
			return
		}
		if nudged && update != nil {
			t.poller.NudgeKey(t.namespace)
		}
	}
	if update == nil {
		return
	}
	if update.Err != nil {
		t.sourceFailed(ctx, update.Err)
		return
	}
	if err := t.distribute(ctx, update.Snapshot); err != nil {
		t.fail("DetectionFailed", err)
		return
	}
	t.ledger.write(func(l *ledger) {
		l.head.Phase, l.head.Message = "", ""
		if len(t.apps) == 0 && len(t.undecided) == 0 {
			l.head.Phase, l.head.Message = status.Failed, t.nothingFound()
		}
		if bound.Suspend {
			l.head.Phase, l.head.Message = status.Suspended, "suspended; `spotguide resume` goes on"
		}
	})
}

// follow registers the binding with the poller.
func (t *tenant) follow(ctx context.Context) error {
	t.ledger.write(func(l *ledger) {
		l.head.Repository, l.head.Ref, l.head.Path = source.Redact(t.bound.Repository), t.bound.Ref, t.bound.Path
	})
	credentials, err := t.credentials(ctx, t.bound)
	if err != nil {
		return err
	}
	ref, err := source.ParseReference(t.bound.Ref)
	if err != nil {
		return fmt.Errorf("annotation %s: %w", binding.Ref, err)
	}
	repository := source.Repository{URL: t.bound.Repository, Credentials: credentials}
	t.poller.Follow(t.namespace, repository, ref, t.bound.Interval)
	t.following = true
	return nil
}

// sourceFailed tells that the repository could not be read. What runs goes on
// running. Refused credentials are read anew, for they may have been replaced.
func (t *tenant) sourceFailed(ctx context.Context, err error) {
	var failure *source.Error
	if errors.As(err, &failure) && failure.Kind == source.KindAuth {
		if err := t.follow(ctx); err != nil {
			t.fail("CredentialsUnusable", err)
			return
		}
	}
	t.fail("SourceFailed", err)
}

// distribute detects and hands each application what it should become.
func (t *tenant) distribute(ctx context.Context, snapshot *source.Snapshot) error {
	if err := t.detect(ctx, snapshot); err != nil {
		return err
	}
	found := map[string]bool{}
	for _, m := range t.matches {
		found[m.App] = true
		t.application(ctx, m.App).want(desired{binding: t.bound, snapshot: snapshot, match: m})
	}
	for _, u := range t.undecided {
		found[u.App] = true // it is there, only nobody has said which one
		if t.apps[u.App] == nil {
			t.hold(u)
		}
	}
	for _, name := range t.owners() {
		if !found[name] {
			// With no application left at all, a person is asked first.
			t.application(ctx, name).want(desired{binding: t.bound, snapshot: snapshot, gone: true, last: len(found) == 0})
		}
	}
	return nil
}

// detect finds the applications of a snapshot, unless neither the folder nor
// what is asked of it has changed.
func (t *tenant) detect(ctx context.Context, snapshot *source.Snapshot) error {
	hash, ok := snapshot.Hash(t.bound.Path)
	if !ok {
		return fmt.Errorf("%s has no folder %q: mend the annotation %s", snapshot.Revision, t.bound.Path, binding.Path)
	}
	key := fmt.Sprintf("%s %s %s %s", hash, t.bound.Path, t.bound.Guide, t.bound.Environment)
	if key == t.seen {
		return nil
	}
	result, err := t.detector.detect(ctx, snapshot, t.bound)
	if err != nil {
		return err
	}
	t.seen, t.matches, t.undecided = key, result.Matches, result.Undecided
	t.ledger.write(func(l *ledger) { l.head.Notices = result.Notices })
	for _, m := range result.Matches {
		t.log.Info("application detected", "application", m.App, "guide", m.Guide, "dir", m.Dir)
	}
	return nil
}

// application returns the running application of that name, started if need be.
func (t *tenant) application(ctx context.Context, name string) *application {
	if a := t.apps[name]; a != nil {
		return a
	}
	owner := inventory.Owner{Namespace: t.namespace, Application: name}
	a := newApplication(t, owner, t.memory.of(name))
	t.apps[name] = a
	t.register(a)
	t.running.Go(func() {
		defer t.unregister(a)
		a.Run(ctx)
	})
	return a
}

// hold tells of an application that waits for a person's decision.
func (t *tenant) hold(u detect.Undecided) {
	t.ledger.write(func(l *ledger) {
		l.apps[u.App] = status.Application{Name: u.App, Dir: u.Dir, Phase: status.Held, Message: u.Text}
	})
}

func (t *tenant) nothingFound() string {
	return fmt.Sprintf("no application found in %q; `spotguide detect` in a clone tells what is looked for", t.bound.Path)
}

// fail tells a failure of the namespace as a whole.
func (t *tenant) fail(reason string, err error) {
	message := err.Error()
	t.ledger.write(func(l *ledger) {
		if l.head.Phase == status.Failed && l.head.Message == message {
			return
		}
		l.head.Phase, l.head.Message = status.Failed, message
		l.events = append(l.events, newEvent(t.namespace, corev1.EventTypeWarning, reason, message))
		t.log.Warn("namespace failed", "reason", reason, "error", err)
	})
}

// detector binds the guides that the agent knows.
type detector struct {
	guides []*guide.Guide
}

func (d detector) detect(ctx context.Context, snapshot *source.Snapshot, b binding.Binding) (detect.Result, error) {
	return detect.Detect(ctx, snapshot.FS(), b.Path, d.guides, detect.Options{
		RootName: b.RootName(), Guide: b.Guide, Environment: b.Environment,
	})
}

// named returns the guide of that name.
func (d detector) named(name string) (*guide.Guide, error) {
	i := slices.IndexFunc(d.guides, func(g *guide.Guide) bool { return g.Name() == name })
	if i < 0 {
		return nil, fmt.Errorf("there is no guide %q; `spotguide guides` lists them", name)
	}
	return d.guides[i], nil
}

// owners are the names of all applications that own or may own something.
func (t *tenant) owners() []string {
	names := slices.Collect(maps.Keys(t.apps))
	for _, name := range t.memory.owners {
		if t.apps[name] == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
