package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

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
	recheck   <-chan time.Time // when credentials are read anew; nil for never
	bound     binding.Binding
	following bool
	taken     *source.Update // the one that was distributed last
	wave      *wave          // the newest distribution
	asked     string         // the sync-requested-at that a person waits for
	known     *source.Update // what was known when it was asked
	memory    memory         // what an earlier agent wrote down
	seen      string         // what was detected last, as a content address
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
		case <-t.recheck:
			t.following = false
		}
		t.step(ctx)
		t.recorder.mark(t.ledger)
	}
}

// forget drops what the agent remembers of the namespace, which may come back as
// another. What is still due is written down before, if the namespace is there.
func (t *tenant) forget(ctx context.Context) {
	if err := t.recorder.write(ctx, t.ledger); err != nil {
		t.log.Debug("last status not written", "error", err)
	}
	for _, name := range t.owners() {
		t.applier.Forget(inventory.Owner{Namespace: t.namespace, Application: name})
	}
	t.store.Forget(t.namespace)
	t.recorder.forget(t.namespace)
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
	if annotations == nil {
		return // nothing to follow yet
	}

	bound, err := binding.Parse(t.namespace, annotations)
	if err != nil {
		t.poller.Unfollow(t.namespace)
		t.following = false
		t.fail("InvalidAnnotation", err)
		return
	}
	changed := !bound.Equal(t.bound)
	if changed || !t.following {
		if bound.Repository != t.bound.Repository || bound.Ref != t.bound.Ref {
			update = t.discard()
		}
		asked := bound.SyncRequestedAt != t.bound.SyncRequestedAt
		t.bound = bound
		if err := t.follow(ctx); err != nil {
			t.unusable(err)
			return
		}
		if asked {
			t.ask(update)
		}
	}
	if update == nil || !t.concerns(update.Snapshot) {
		return
	}
	if changed || update != t.taken {
		t.taken = update
		t.takeUp(ctx, update)
	}
	t.acknowledge(update)
}

// concerns tells whether a snapshot is of what is followed, and not one that was
// under way when the annotations changed.
func (t *tenant) concerns(s *source.Snapshot) bool {
	ref, err := source.ParseReference(t.bound.Ref)
	return s == nil || err == nil && s.Repository == source.Redact(t.bound.Repository) && s.Reference == ref.String()
}

// takeUp does what an update asks for.
func (t *tenant) takeUp(ctx context.Context, update *source.Update) {
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
			l.head.Phase, l.head.Message = status.Failed, t.nothingFound(l.head.Notices)
		}
		if t.bound.Suspend {
			l.head.Phase, l.head.Message = status.Suspended, "suspended; `spotguide resume` goes on"
		}
	})
}

// ask has the repository looked at now, and remembers that a person waits for
// it. The update that is known by then does not fulfil the wish.
func (t *tenant) ask(known *source.Update) {
	t.asked, t.known = t.bound.SyncRequestedAt, known
	if known != nil {
		t.poller.NudgeKey(t.namespace)
	}
}

// acknowledge tells a person who asked for a look that all applications have
// taken up what was found, or that it failed.
func (t *tenant) acknowledge(update *source.Update) {
	if t.asked == "" || update == t.known {
		return
	}
	if update.Err == nil && t.wave != nil && !t.wave.over() {
		return // it wakes us when it is
	}
	asked := t.asked
	t.asked, t.known = "", nil
	t.ledger.write(func(l *ledger) { l.head.SyncHandled = asked })
}

// discard drops an update of what was followed before.
func (t *tenant) discard() *source.Update {
	t.inbox.Lock()
	defer t.inbox.Unlock()
	t.inbox.update = nil
	return nil
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
// running. Refused credentials are read anew, now and from time to time, for they
// may have been replaced.
func (t *tenant) sourceFailed(ctx context.Context, err error) {
	var failure *source.Error
	if errors.As(err, &failure) && (failure.Kind == source.KindAuth || failure.Kind == source.KindHostKey) {
		if err := t.follow(ctx); err != nil {
			t.unusable(err)
			return
		}
		t.recheck = time.After(t.bound.Interval)
	}
	t.fail("SourceFailed", err)
}

// unusable tells that the credentials cannot be used, and looks at them again
// after a while.
func (t *tenant) unusable(err error) {
	t.following = false
	t.recheck = time.After(t.bound.Interval)
	t.fail("CredentialsUnusable", err)
}

// fail tells a failure of the namespace as a whole.
func (t *tenant) fail(reason string, err error) {
	message := status.Brief(err.Error(), status.MessageLines)
	t.ledger.write(func(l *ledger) {
		if l.head.Phase == status.Failed && l.head.Message == message {
			return
		}
		l.head.Phase, l.head.Message = status.Failed, message
		l.events = append(l.events, newEvent(t.namespace, corev1.EventTypeWarning, reason, message))
		t.log.Warn("namespace failed", "reason", reason, "error", err)
	})
}
