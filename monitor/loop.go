package monitor

import (
	"context"
	"reflect"
	"time"

	"github.com/spotguide/spotguide/monitor/observe"
	"github.com/spotguide/spotguide/monitor/sla"
	"github.com/spotguide/spotguide/spotguides/guide"
)

// lazily is how long timers alone may stay unwritten. A restart within that time
// makes a rule wait for longer; nothing is done twice.
const lazily = time.Minute

// Observer knows what an application looks like; false while it knows nothing.
type Observer interface {
	Observe(now time.Time, t observe.Target) (guide.Observation, bool)
}

// Carrier carries actions out.
type Carrier interface {
	Carry(ctx context.Context, a sla.Action) error
}

// Loop looks after one application. Make it with New; it belongs to one
// goroutine.
type Loop struct {
	observer Observer
	carrier  Carrier

	state   sla.State
	before  sla.State // of the last step
	saved   sla.State // as the caller was asked to save it last
	savedAt time.Time
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
// last; the zero State for a new one.
func New(observer Observer, carrier Carrier, state sla.State) *Loop {
	return &Loop{observer: observer, carrier: carrier, state: state, saved: state}
}

// Step looks at the application and decides. It returns false, and does nothing,
// while the observer knows nothing.
func (l *Loop) Step(now time.Time, p *sla.Program, t observe.Target) (Step, bool) {
	seen, known := l.observer.Observe(now, t)
	if !known {
		return Step{}, false
	}
	l.seen = seen
	step := Step{Decision: sla.Decide(now, p, l.state, seen)}
	l.before, l.state = l.state, step.State
	l.save(now, &step)
	l.conclude(now, &step)
	return step, true
}

// save decides whether the state is to be written down now.
func (l *Loop) save(now time.Time, step *Step) {
	if reflect.DeepEqual(l.state, l.saved) {
		return
	}
	if due := l.savedAt.Add(lazily); !step.Acted && due.After(now) {
		step.Wake = earlier(step.Wake, due)
		return
	}
	step.Save, l.saved, l.savedAt = true, l.state, now
}

// Undo forgets the last step, which asked to save and could not be saved. Its
// actions must not be carried out; the next step decides them anew.
func (l *Loop) Undo() {
	l.state, l.saved, l.savedAt = l.before, sla.State{}, time.Time{}
}

// Carry carries an action of the last step out, and watches whether it helps.
func (l *Loop) Carry(ctx context.Context, a sla.Action) error {
	if err := l.carrier.Carry(ctx, a); err != nil {
		return err
	}
	l.try(a)
	return nil
}

// earlier of two times, of which a may be zero for never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}
