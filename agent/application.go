package agent

import (
	"context"
	"encoding/json"
	"log/slog"
	"reflect"
	"slices"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/agent/pipeline"
	"github.com/spotguide/spotguide/agent/source"
	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/monitor"
	"github.com/spotguide/spotguide/monitor/observe"
	"github.com/spotguide/spotguide/monitor/sla"
	"github.com/spotguide/spotguide/render"
	"github.com/spotguide/spotguide/spotguides/guide"
	"github.com/spotguide/spotguide/sync/inventory"
)

// desired is what an application should become.
type desired struct {
	binding  binding.Binding
	snapshot *source.Snapshot
	match    guide.Match
	// gone: the repository holds the application no longer. last: it holds
	// none any longer, which a person confirms.
	gone, last bool
	// looked: the repository was looked at since a person has last asked for it.
	looked bool
	// wave is the distribution that it belongs to.
	wave *wave
}

// application is one application of one namespace. Its goroutine, Run, is the
// only writer of the application's objects: a new desired state, a drift
// report, a change of health and a timer all only wake it.
type application struct {
	*workshop
	tenant *tenant // for its ledger and its permission
	owner  inventory.Owner
	wake   nudge
	log    *slog.Logger

	inbox struct { // written by the tenant, read by Run
		sync.Mutex
		desired *desired
	}

	// Owned by Run's goroutine.
	record   inventory.Record
	removed  bool // pruned; waits to be wanted again
	view     status.Application
	told     status.Application // what the ledger has
	noted    pipeline.History   // the same of the history
	applied  applied
	failing  bool // the newest revision could not be built, rendered or applied
	building bool // the newest revision's image is not there yet
	stepping bool // a step before the newest revision has not ended
	history  pipeline.History
	// pruneLater: what the revision no longer holds goes when the others of its wave
	// have said what they want.
	pruneLater bool
	health     verdict
	since      time.Time // when health.healthy last changed
	drift      driftMemory
	// uncorrected: what foreign hands have changed could not be put back.
	uncorrected bool
	loop        *monitor.Loop
	stands      *stance         // nil for one that does not fail over
	leaving     *leaving        // nil while no pods are too many
	frozen      string          // why view.Frozen is held back, "" while nothing is
	approved    string          // what a person has approved of
	heldBack    map[string]bool // what has been told of remedies that wait for others
	retry       backoff
	timer       time.Time // when to look again without being woken
}

// applied is what this agent has applied last.
type applied struct {
	key      string // content address of everything that went into it
	inputs   []string
	snapshot *source.Snapshot
	match    guide.Match
	guide    *guide.Guide // overlaid
	program  *sla.Program // its rules
	binding  binding.Binding
	content  string        // what its steps have run for
	steps    []render.Step // all of them
	clean    bool          // every object went in
}

func newApplication(t *tenant, owner inventory.Owner, r recollection) *application {
	a := &application{
		workshop: t.workshop, tenant: t, owner: owner, wake: newNudge(), view: r.view, told: r.view,
		log: t.log.With("application", owner.Application),
	}
	a.view.Name = owner.Application
	a.history, a.noted = r.history, r.history.Clone()
	var state sla.State
	if len(r.state) > 0 {
		if err := json.Unmarshal(r.state, &state); err != nil {
			a.log.Warn("monitor state unreadable, starting afresh", "error", err)
		}
	}
	a.loop = monitor.New(a.analysts, a.remedies, a.brake, state)
	return a
}

// want hands over the desired state; the newest wins.
func (a *application) want(d desired) {
	a.inbox.Lock()
	a.inbox.desired = &d
	a.inbox.Unlock()
	a.wake.nudge()
}

// Run makes passes until ctx ends. What is in flight then is abandoned between
// two requests; the pending record lets the next agent take it up.
func (a *application) Run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	defer a.loop.Close()
	defer func() {
		ended := observe.Target{Namespace: a.owner.Namespace, Application: a.owner.Application}
		a.observer.Sample(ended, nil, 0)
		a.analysts.Follow(ended, nil, nil, 0)
		a.operations.Follow(ended.Namespace, ended.Application, nil)
		a.metrics.forget(ended.Namespace, ended.Application)
	}()
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.wake:
		case <-timer.C:
		}
		apart(func() { a.turn(ctx) })
		if !a.timer.IsZero() {
			timer.Reset(time.Until(a.timer))
		}
	}
}

// turn makes a pass and tells what came of it, once it is known what is wanted.
func (a *application) turn(ctx context.Context) {
	a.inbox.Lock()
	d := a.inbox.desired
	a.inbox.Unlock()
	a.timer = time.Time{}
	if d == nil {
		return
	}
	a.contained(ctx, *d)
	a.publish()
	d.wave.passed(a, a.view.Revision != "" || a.removed)
}

// contained makes one pass; a panic in it is the application's own failure.
func (a *application) contained(ctx context.Context, d desired) {
	defer func() {
		if p := recover(); p != nil {
			a.applied = applied{}
			a.failed("InternalError", panicked(p))
		}
	}()
	a.pass(ctx, d)
}

// pass is the line from a desired state to a healthy application, each step
// short when there is nothing to do.
func (a *application) pass(ctx context.Context, d desired) {
	switch {
	case d.binding.Suspend:
		a.phase(status.Suspended, "suspended; `spotguide resume` goes on")
		return
	case d.gone:
		a.remove(ctx, d)
		return
	}
	a.removed, a.approved = false, d.binding.Approved
	if waits := a.unmet(a, d.binding.DependsOn); waits != "" {
		a.phase(status.Pending, "waits for "+waits+" to be healthy")
		return
	}
	a.site()
	a.view.Guide, a.view.Dir, a.view.Why = d.match.Guide, d.match.Dir, d.match.Why
	if err := a.sync(ctx, d); err != nil {
		if ctx.Err() == nil {
			a.failing = true
			a.stumbled(d, err)
			a.failed(reasonOf(err), err)
			a.again(a.retry.next(err))
		}
	}
	if a.applied.guide == nil {
		return // nothing runs yet
	}
	a.correct(ctx)
	a.judge()
	a.after(ctx)
	a.started(ctx)
	a.heal(ctx)
}

// again asks for another pass after the given time, or sooner if one is asked
// for sooner.
func (a *application) again(after time.Duration) {
	if after <= 0 {
		return
	}
	if at := time.Now().Add(after); a.timer.IsZero() || at.Before(a.timer) {
		a.timer = at
	}
}

// phase sets the phase and notes when it changed.
func (a *application) phase(p status.Phase, message string) {
	if a.view.Phase != p {
		a.view.ChangedAt = metav1.NewTime(time.Now().Truncate(time.Second))
	}
	a.view.Phase, a.view.Message = p, status.Brief(message, status.MessageLines)
}

// publish hands the view to the ledger when it has changed.
func (a *application) publish() {
	if last := a.history.Last(); last != nil {
		a.view.Steps = slices.Clone(last.Steps)
	}
	if a.removed || sameView(a.view, a.told) && reflect.DeepEqual(a.history, a.noted) {
		return
	}
	a.told, a.noted = a.view, a.history.Clone()
	view, history := a.view, a.noted
	a.tenant.ledger.write(func(l *ledger) {
		l.apps[a.owner.Application], l.histories[a.owner.Application] = view, history
	})
	a.recorder.mark(a.tenant.ledger)
}
