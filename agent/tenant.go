package agent

import (
	"context"
	"log/slog"
	"strings"
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
		update      *source.Update // of what is followed
		lookup      *source.Update // of where it stands what is followed
	}

	// Owned by Run's goroutine.
	recheck   <-chan time.Time // when credentials are read anew; nil for never
	alarm     <-chan time.Time // when what is followed is decided anew; nil for never
	bound     binding.Binding
	following bool
	// repository with its credentials, the reference in it that is followed, nil
	// for none, and the line of environment.yaml that names it, if one does.
	repository source.Repository
	ref        *source.Reference
	refPlace   string
	decided    bool              // knowing how everything stands that it is promoted from
	taken      *source.Update    // the one that was distributed last
	wave       *wave             // the newest distribution
	asked      string            // the sync-requested-at that a person waits for
	known      [2]*source.Update // what was known when it was asked: update, lookup
	memory     memory            // what an earlier agent wrote down
	seen       string            // what was detected last, as a content address
	matches    []guide.Match
	undecided  []detect.Undecided
	apps       map[string]*application
	running    sync.WaitGroup
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

// deliver hands over what the poller found: of what is followed, or of the branch
// that says what that is.
func (t *tenant) deliver(u source.Update, lookup bool) {
	t.inbox.Lock()
	if lookup {
		t.inbox.lookup = &u
	} else {
		t.inbox.update = &u
	}
	t.inbox.Unlock()
	t.wake.nudge()
}

// Run follows the namespace until ctx ends, and then waits for its
// applications. Nothing is removed from the cluster by that.
func (t *tenant) Run(ctx context.Context) error {
	defer t.running.Wait()
	defer t.unfollow()
	var err error
	apart(func() { err = t.remember(ctx) })
	if err != nil {
		return err
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-t.wake:
		case <-t.alarm:
		case <-t.recheck:
			t.following = false
		}
		apart(func() { t.step(ctx) })
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
	for _, owner := range t.sites.Owners(t.namespace) {
		t.sites.Forget(owner)
	}
	t.store.Forget(t.namespace)
	t.recorder.forget(t.namespace)
}

// step takes up what has come in. A panic is contained in the namespace.
func (t *tenant) step(ctx context.Context) {
	defer func() {
		if p := recover(); p != nil {
			t.fail(ctx, "InternalError", panicked(p))
		}
	}()
	annotations, _, lookup := t.received()
	if annotations == nil {
		return // nothing to follow yet
	}
	bound, err := binding.Parse(t.namespace, annotations)
	if err != nil {
		t.unfollow()
		t.following = false
		t.fail(ctx, "InvalidAnnotation", err)
		return
	}
	t.sites.Say(t.namespace, strings.Split(bound.Approved, ","), bound.Suspend)
	changed, asked := !bound.Equal(t.bound), bound.SyncRequestedAt != t.bound.SyncRequestedAt
	anew := changed || !t.following
	if anew {
		if bound.Repository != t.bound.Repository && t.bound.Repository != "" {
			t.discardAll()
			lookup = nil
		}
		t.bound = bound
		if err := t.connect(ctx); err != nil {
			t.unusable(ctx, err)
			return
		}
	}
	chosen := t.choose(ctx, lookup, anew)
	_, update, _ := t.received()
	if asked {
		t.ask(update, lookup)
	}
	if !chosen {
		t.acknowledge(nil, lookup)
		return
	}
	if update == nil || !t.concerns(update.Snapshot) {
		return
	}
	if changed || update != t.taken {
		t.taken = update
		t.takeUp(ctx, update)
	}
	t.settle(update)
	t.acknowledge(update, lookup)
}

// concerns tells whether a snapshot is of what is followed, and not one that was
// under way when that changed.
func (t *tenant) concerns(s *source.Snapshot) bool {
	return s == nil || s.Repository == source.Redact(t.bound.Repository) && s.Reference == t.ref.String()
}

// takeUp does what an update asks for.
func (t *tenant) takeUp(ctx context.Context, update *source.Update) {
	if update.Err != nil {
		t.sourceFailed(ctx, t.placed(update.Err))
		return
	}
	if err := t.distribute(ctx, update.Snapshot); err != nil {
		t.fail(ctx, "DetectionFailed", err)
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
// it. The updates that are known by then do not fulfil the wish.
func (t *tenant) ask(update, lookup *source.Update) {
	t.asked, t.known = t.bound.SyncRequestedAt, [2]*source.Update{update, lookup}
	if update != nil {
		t.poller.NudgeKey(t.namespace)
	}
	if lookup != nil {
		t.poller.NudgeKey(t.namespace + lookupKey)
	}
}

// acknowledge tells a person who asked for a look that all applications have
// taken up what was found, that it failed, or that there is nothing to follow,
// which is an update of nil.
func (t *tenant) acknowledge(update, lookup *source.Update) {
	switch {
	case t.asked == "", t.bound.Fed() && (lookup == nil || lookup == t.known[1]):
		return
	case update != nil && update == t.known[0], update == nil && !t.bound.Fed():
		return
	case update != nil && update.Err == nil && t.wave != nil && !t.wave.over():
		return // it wakes us when it is
	}
	asked := t.asked
	t.asked, t.known = "", [2]*source.Update{}
	t.ledger.write(func(l *ledger) { l.head.SyncHandled = asked })
}

// fail tells a failure of the namespace as a whole.
func (t *tenant) fail(ctx context.Context, reason string, err error) {
	if ctx.Err() != nil {
		return // the agent stops, and the next one will see for itself
	}
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
