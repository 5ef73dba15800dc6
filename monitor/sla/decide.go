package sla

import (
	"fmt"
	"time"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// Pace is the least time between two actions that touch one application: what
// the first one did should be seen before the next is decided.
const Pace = 5 * time.Second

// Decide says what the rules demand for an application. It is pure.
func Decide(now time.Time, p *Program, s State, o guide.Observation) Decision {
	now = now.UTC()
	d := decider{now: now, observation: &o, state: s.clone(now)}
	d.state.giveUp(o.Revision)
	for i := range p.rules {
		d.judge(&p.rules[i])
	}
	for _, c := range d.due {
		d.settle(c)
	}
	d.state.forget(now, p, &o)
	d.decision.State = d.state
	return d.decision
}

// decider gathers one decision.
type decider struct {
	now         time.Time
	observation *guide.Observation
	state       State
	spent       uint64 // cost of expressions
	due         []candidate
	decision    Decision
}

// candidate is a rule that is due for a target.
type candidate struct {
	rule  *rule
	on    subject
	since time.Time
}

// judge evaluates a rule for each of its subjects and keeps those that are due.
func (d *decider) judge(r *rule) {
	v := variables{observation: d.observation}
	for on := range subjects(d.observation, r.each) {
		said, err, cost := unknown, errTooExpensive, uint64(0)
		if v.it = on.it(); d.spent < costOfDecision {
			said, err, cost = r.expr.evaluate(&v)
		}
		d.spent += cost
		switch said {
		case no:
			d.release(r, on)
		case unknown:
			d.pend(r, on, HoldUnknown, time.Time{}, err.Error())
		case yes:
			d.await(r, on)
		}
	}
}

// release ends the waiting of a rule that does not hold.
func (d *decider) release(r *rule, on subject) {
	if len(d.state.Holding[r.name]) > 0 {
		d.state.release(r.name, on.key())
	}
}

// await makes a rule due once it has held for long enough.
func (d *decider) await(r *rule, on subject) {
	since := d.now
	if r.hold > 0 {
		since = d.state.hold(r.name, on.key(), d.now)
	}
	if until := since.Add(r.hold); until.After(d.now) {
		d.pend(r, on, HoldFor, until, "")
		return
	}
	d.due = append(d.due, candidate{r, on, since})
}

// settle turns a due candidate into an action unless something holds it back.
func (d *decider) settle(c candidate) {
	a, why := d.action(c)
	if why != "" {
		d.pend(c.rule, c.on, HoldTarget, time.Time{}, why)
		return
	}
	for _, gate := range []func(candidate, Action) (Hold, time.Time, string){d.cooldown, d.budget, d.floor, d.turn} {
		if hold, until, why := gate(c, a); hold != "" {
			d.pend(c.rule, c.on, hold, until, why)
			return
		}
	}
	d.record(c, a)
}

// record adds the action and remembers it.
func (d *decider) record(c candidate, a Action) {
	a.Reason = d.reason(c)
	d.decision.Actions = append(d.decision.Actions, a)
	d.decision.Acted = true
	d.state.record(c.rule.name, c.on.scope(), d.now)
	d.state.rehold(c.rule.name, c.on.key(), d.now)
	if a.touches() {
		d.state.Touched = d.now
	}
	if a.Kind == Rollback && !a.DryRun {
		d.state.RollingBack = d.observation.Revision
	}
	d.wake(d.now.Add(max(c.rule.cooldown, c.rule.hold)))
}

// reason is what the rule has seen, and for how long.
func (d *decider) reason(c candidate) string {
	text := c.rule.expr.explain(&variables{d.observation, c.on.it()})
	if held := d.now.Sub(c.since); held > 0 {
		text += fmt.Sprintf(" for %s", held.Round(time.Second))
	}
	return text
}

// pend notes a hold and when it ends.
func (d *decider) pend(r *rule, on subject, hold Hold, until time.Time, message string) {
	d.decision.Pending = append(d.decision.Pending, Pending{r.name, on.target(), hold, until, message})
	d.wake(until)
}

// wake moves the decision's next time forward.
func (d *decider) wake(t time.Time) {
	if !t.IsZero() && (d.decision.Wake.IsZero() || t.Before(d.decision.Wake)) {
		d.decision.Wake = t
	}
}
