package sla

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// Bounds on what rules may ask for, so that one application's rules cannot eat
// up the agent.
const (
	MaxRules        = 100
	MaxWindows      = 20
	maxEscalation   = 10
	maxBudget       = 100
	maxDuration     = 7 * 24 * time.Hour
	maxExpression   = 4096 // bytes
	maxNameInState  = 63   // bytes of a rule's name, which is a key in State
	minBudgetWindow = time.Second
)

// rule is a guide.Rule with its defaults filled in and its expression compiled.
type rule struct {
	name     string
	each     string
	kind     Kind
	hold     time.Duration
	cooldown time.Duration
	budget   int
	per      time.Duration
	expr     *expression

	escalation  []Kind
	priority    int
	maintenance string
	operation   string
	dryRun      bool
	approval    bool
	independent bool
	inhibits    []string
	inhibitedBy []string // the other way round
}

// maxBackoff is the longest that a rule backs off from what does not help, unless
// its own cooldown is longer.
const maxBackoff = time.Hour

// patience is how long the rule lets a target be after so many actions in a row
// that did not help.
func (r *rule) patience(attempts int) time.Duration {
	wait := r.cooldown
	for range min(attempts, 32) - 1 {
		wait = min(2*wait, max(maxBackoff, r.cooldown))
	}
	return wait
}

// memory is how long a past action matters.
func (r *rule) memory() time.Duration { return max(r.cooldown, r.per, maxBackoff) }

// timed rules remember since when they hold.
func (r *rule) timed() bool { return r.hold > 0 || len(r.inhibits) > 0 }

// eachOf lists what a rule of a kind may range over; "" is no range.
var eachOf = map[Kind][]string{
	Restart:    {guide.EachComponents, guide.EachPods},
	Reschedule: {guide.EachPods},
	Scale:      {guide.EachComponents, guide.EachPods},
	Rollback:   {""},
	Free:       {guide.EachNodes},
	Rebalance:  {guide.EachComponents},
	Operate:    {""},
	Notify:     {"", guide.EachComponents, guide.EachPods, guide.EachNodes},
}

// newRule fills in the defaults of g and checks all but its expression.
func newRule(g guide.Rule) (rule, error) {
	r := rule{
		name: g.Name, each: g.Each, kind: Kind(g.Action), dryRun: g.DryRun,
		hold: g.For.Duration, cooldown: cmp.Or(g.Cooldown.Duration, guide.DefaultCooldown),
		budget: guide.DefaultBudgetActions, per: guide.DefaultBudgetPer,
		priority: g.Priority, maintenance: cmp.Or(g.Maintenance, guide.MaintenancePause),
		approval: g.Approval, independent: g.Independent, operation: g.Operation, inhibits: g.Inhibits,
	}
	for _, action := range g.Escalation {
		r.escalation = append(r.escalation, Kind(action))
	}
	if g.Budget != nil {
		r.budget, r.per = g.Budget.Actions, g.Budget.Per.Duration
	}
	return r, errors.Join(r.checkAction(), r.checkEscalation(), r.checkBounds())
}

func (r *rule) checkAction() error {
	each, ok := eachOf[r.kind]
	switch {
	case !ok:
		return fmt.Errorf("action %q is none of restart, reschedule, scale, rollback, rebalance, free, operate, notify", r.kind)
	case r.operation == "" && (r.kind == Operate || slices.Contains(r.escalation, Operate)):
		return errors.New("action operate needs `operation`, one of those in the guide's monitor.yaml")
	case slices.Contains(each, r.each):
		return nil
	case r.each == "":
		return fmt.Errorf("action %s needs `each: %s` to know its target", r.kind, each[0])
	case r.kind == Rollback || r.kind == Operate:
		return fmt.Errorf("action %s is for the whole application: remove `each`, use pods.exists(p, ...) in expr", r.kind)
	default:
		return fmt.Errorf("each %q does not go with action %s, use %q", r.each, r.kind, each)
	}
}

// checkEscalation wants steps that have a target. Going back and telling always
// have: the application.
func (r *rule) checkEscalation() error {
	var errs []error
	for _, kind := range r.escalation {
		each, ok := eachOf[kind]
		switch {
		case !ok:
			errs = append(errs, fmt.Errorf("escalation %q is none of restart, reschedule, scale, rollback, rebalance, free, operate, notify", kind))
		case kind != Rollback && kind != Operate && !slices.Contains(each, r.each):
			errs = append(errs, fmt.Errorf("escalation %s needs `each: %s`", kind, each[0]))
		}
	}
	if len(r.escalation) > maxEscalation {
		errs = append(errs, fmt.Errorf("%d steps of escalation are more than %d", len(r.escalation), maxEscalation))
	}
	return errors.Join(errs...)
}

func (r *rule) checkBounds() error {
	var errs []error
	if !slices.Contains([]string{guide.MaintenancePause, guide.MaintenanceIgnore, guide.MaintenanceOnly}, r.maintenance) {
		errs = append(errs, fmt.Errorf("maintenance %q is none of pause, ignore, only", r.maintenance))
	}
	if r.name == "" || len(r.name) > maxNameInState {
		errs = append(errs, fmt.Errorf("name must have 1 to %d characters", maxNameInState))
	}
	for _, d := range []struct {
		name     string
		d, least time.Duration
	}{{"for", r.hold, 0}, {"cooldown", r.cooldown, 0}, {"budget.per", r.per, minBudgetWindow}} {
		if d.d < d.least || d.d > maxDuration {
			errs = append(errs, fmt.Errorf("%s %s is not between %s and %s", d.name, d.d, d.least, maxDuration))
		}
	}
	if r.budget < 1 || r.budget > maxBudget {
		errs = append(errs, fmt.Errorf("budget.actions %d is not between 1 and %d: use `disabled: true` for none", r.budget, maxBudget))
	}
	return errors.Join(errs...)
}
