package monitor

import (
	"context"
	"reflect"
	"slices"
	"time"

	"github.com/spotguide/spotguide/monitor/observe"
	"github.com/spotguide/spotguide/monitor/sla"
	"github.com/spotguide/spotguide/spotguides/guide"
)

// ConfigMap is what the agent keeps the states of a namespace's applications in,
// as JSON below their names.
const ConfigMap = "spotguide-monitor"

// lazily is how long timers alone may stay unwritten. A restart within that time
// makes a rule wait for longer; nothing is done twice. What is only for people is
// not written before it has stayed for a moment.
const (
	lazily = time.Minute
	moment = 5 * time.Second
)

// Observer knows what an application looks like; false while it knows nothing.
type Observer interface {
	Observe(now time.Time, t observe.Target) (guide.Observation, bool)
}

// Carrier carries actions out.
type Carrier interface {
	// Carry tells what was done.
	Carry(ctx context.Context, a sla.Action) (string, error)
}

// Loop looks after one application. Make it with New; it belongs to one
// goroutine.
type Loop struct {
	observer Observer
	carrier  Carrier
	brake    *Brake // nil for none
	failing  failing

	state   sla.State
	before  sla.State // of the last step
	saved   sla.State // as the caller was asked to save it last
	savedAt time.Time
	differs time.Time // since when state differs from saved; zero when it does not
	seen    guide.Observation
	trials  []Trial
}

// Step is what one look at the application gave.
type Step struct {
	// Decision holds the actions to carry out, what is held back and when to
	// look again.
	sla.Decision
	// Save asks to write Decision.State down before the actions are carried
	// out. Timers that merely began or ended wait for up to a minute, so that a
	// rollout does not cost a write for every pod.
	Save bool
	// Trials are the actions of which it is now clear whether they helped.
	Trials []Trial
}

// New makes the loop of an application from the state that was written down
// last; the zero State for a new one. Loops of one cluster share a Brake, which
// may be nil.
func New(observer Observer, carrier Carrier, brake *Brake, state sla.State) *Loop {
	return &Loop{observer: observer, carrier: carrier, brake: brake, state: state, saved: state}
}

// Step looks at the application and decides. It returns false, and does nothing,
// while the observer knows nothing.
func (l *Loop) Step(now time.Time, p *sla.Program, t observe.Target) (Step, bool) {
	seen, known := l.observer.Observe(now, t)
	if !known {
		return Step{}, false
	}
	l.brake.report(l, l.failing.look(now, &seen))
	seen.Approved, seen.Operating, seen.Brake = t.Approved, t.Operating, l.brake.held(now)
	seen.Held = t.Held
	l.seen = seen
	step := Step{Decision: sla.Decide(now, p, l.state, seen)}
	l.before, l.state = l.state, step.State
	l.conclude(now, &step)
	step.State = l.state
	l.save(now, &step)
	return step, true
}

// Frozen says why a new revision with these objectives is to be held back, "" if it
// is not.
func (l *Loop) Frozen(objectives []guide.Objective) string { return l.state.Frozen(objectives) }

// Close ends the loop: what it has seen does not count any more.
func (l *Loop) Close() { l.brake.forget(l) }

// save decides whether the state is to be written down now.
func (l *Loop) save(now time.Time, step *Step) {
	if reflect.DeepEqual(l.state, l.saved) {
		l.differs = time.Time{}
		return
	}
	if l.differs.IsZero() {
		l.differs = now
	}
	due := l.savedAt.Add(lazily)
	if stayed := l.differs.Add(moment); stayed.After(due) {
		due = stayed
	}
	if !step.Acted && len(step.Turns) == 0 && !l.asks() && due.After(now) {
		step.Wake = earlier(step.Wake, due)
		return
	}
	step.Save, l.saved, l.savedAt, l.differs = true, l.state, now, time.Time{}
}

// asks tells whether a person is asked for something that is not written down yet.
func (l *Loop) asks() bool {
	wishes := func(s sla.State) (ids []string) {
		for _, p := range s.Pending {
			if p.Approval != "" {
				ids = append(ids, p.Approval)
			}
		}
		return ids
	}
	saved := wishes(l.saved)
	return slices.ContainsFunc(wishes(l.state), func(id string) bool { return !slices.Contains(saved, id) })
}

// Undo forgets the last step, which asked to save and could not be saved. Its
// actions must not be carried out; the next step decides them anew.
func (l *Loop) Undo() {
	l.state, l.saved, l.savedAt = l.before, sla.State{}, time.Time{}
}

// Carry carries an action of the last step out, watches whether it helps, and
// tells what was done.
func (l *Loop) Carry(ctx context.Context, a sla.Action) (string, error) {
	done, err := l.carrier.Carry(ctx, a)
	if err != nil {
		l.Note(a, "failed: "+err.Error())
		return "", err
	}
	l.Note(a, done)
	l.try(a, done)
	return done, nil
}

// Note enters what came of an action into the journal.
func (l *Loop) Note(a sla.Action, outcome string) { l.state = l.state.Note(a, outcome) }

// earlier of two times, of which a may be zero for never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}
