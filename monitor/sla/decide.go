package sla

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// Pace is the least time between two actions that touch one application: what
// the first one did should be seen before the next is decided.
const Pace = 5 * time.Second

// Decide says what the rules demand for an application. It is pure.
func Decide(now time.Time, p *Program, s State, o guide.Observation) Decision {
	now = now.UTC()
	d := decider{now: now, program: p, observation: &o, state: s.clone(now), held: map[string]map[string]bool{}}
	d.state.giveUp(o.Revision)
	d.open = d.maintained()
	d.pursue()
	d.thaw()
	for i := range p.rules {
		d.judge(&p.rules[i])
	}
	slices.SortStableFunc(d.due, func(a, b candidate) int { return cmp.Compare(b.rule.priority, a.rule.priority) })
	for _, c := range d.due {
		d.settle(c)
	}
	d.autoscale()
	d.expand()
	d.state.forget(now, p, &o)
	d.state.show(p, d.decision.Pending)
	d.decision.State = d.state
	return d.decision
}

// decider gathers one decision.
type decider struct {
	now         time.Time
	program     *Program
	observation *guide.Observation
	state       State
	spent       uint64 // cost of expressions
	open        string // the maintenance window that is open
	// held are the scopes that rules which inhibit others hold on.
	held     map[string]map[string]bool
	due      []candidate
	decision Decision
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
	loud := map[string]bool{} // scopes on which it is not known to be false
	for on := range subjects(d.observation, r.each) {
		said, err, cost := unknown, errTooExpensive, uint64(0)
		if v.it = on.it(); d.spent < costOfDecision {
			said, err, cost = r.expr.evaluate(&v)
		}
		d.spent += cost
		if said != no && len(d.state.Episodes[r.name]) > 0 {
			loud[on.scope()] = true
		}
		switch said {
		case no:
			d.release(r, on)
		case unknown:
			d.pend(r, on, HoldUnknown, time.Time{}, err.Error())
		case yes:
			d.await(r, on)
		}
		d.inhibit(r, on, said)
	}
	d.state.rest(r, loud, d.now)
}

// release ends the waiting of a rule that does not hold.
func (d *decider) release(r *rule, on subject) {
	if len(d.state.Holding[r.name]) > 0 {
		d.state.release(r.name, on.key())
	}
	if len(d.state.Asked[r.name]) > 0 {
		deleteNested(d.state.Asked, r.name, on.key())
	}
}

// await makes a rule due once it has held for long enough.
func (d *decider) await(r *rule, on subject) {
	since := d.now
	if r.timed() {
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
	for _, gate := range []func(candidate, Action) (Hold, time.Time, string){
		d.maintenance, d.inhibited, d.cooldown, d.budget, d.restarted, d.brake, d.floor, d.operating, d.approval, d.turn,
	} {
		if hold, until, why := gate(c, a); hold != "" {
			d.pend(c.rule, c.on, hold, until, why)
			if hold == HoldApproval {
				d.decision.Pending[len(d.decision.Pending)-1].Operation = a.Operation
			}
			return
		}
	}
	d.record(c, a)
}

// record adds the action and remembers it.
func (d *decider) record(c candidate, a Action) {
	a.Reason = d.reason(c)
	if c.rule.approval && a.Kind == Operate && !a.DryRun {
		a.Approval = d.approvalOf(c.rule, c.on)
	}
	d.decision.Actions = append(d.decision.Actions, a)
	d.decision.Acted = true
	for _, scope := range d.scopes(c, a) {
		d.state.record(c.rule.name, scope, d.now)
	}
	if a.restarts() {
		d.state.restart(d.program, c.on.owner(), c.on.scope(), d.now)
	}
	d.state.write(d.now, a)
	d.state.rehold(c.rule.name, c.on.key(), d.now)
	deleteNested(d.state.Asked, c.rule.name, c.on.key())
	if s, ok := d.state.Scaling[c.on.scope()]; ok && a.Kind == Scale && !a.DryRun {
		s.set(d.now, a.From, a.Amount)
		d.state.Scaling[c.on.scope()] = s
	}
	attempts := 1
	if a.touches() {
		attempts = d.attempts(c) + 1
		setNested(&d.state.Episodes, c.rule.name, c.on.scope(), Episode{Attempts: attempts, Excess: excess(c.on.component)})
		if !c.rule.independent {
			d.state.Touched = d.now
		}
	}
	if a.Kind == Rollback && !a.DryRun {
		d.state.RollingBack = d.observation.Revision
	}
	d.wake(d.now.Add(max(c.rule.patience(attempts), c.rule.hold)))
}

// reason is what the rule has seen, and for how long.
func (d *decider) reason(c candidate) string {
	text := c.rule.expr.explain(&variables{d.observation, c.on.it()})
	if held := d.now.Sub(c.since); held > 0 {
		text += fmt.Sprintf(" for %s", held.Round(time.Second))
	}
	if p := c.on.pod; p != nil && p.Message != "" {
		text += ": " + p.Message
	}
	return text
}

// pend notes a hold and when it ends.
func (d *decider) pend(r *rule, on subject, hold Hold, until time.Time, message string) {
	p := Pending{Rule: r.name, Target: on.target(), Hold: hold, Until: until, Message: message}
	if hold == HoldApproval {
		p.Approval = d.approvalOf(r, on)
	}
	d.decision.Pending = append(d.decision.Pending, p)
	d.wake(until)
}

// wake moves the decision's next time forward.
func (d *decider) wake(t time.Time) {
	if !t.IsZero() && (d.decision.Wake.IsZero() || t.Before(d.decision.Wake)) {
		d.decision.Wake = t
	}
}
