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
	dryRun   bool
	expr     *expression
}

// memory is how long a past action matters.
func (r *rule) memory() time.Duration { return max(r.cooldown, r.per) }

// eachOf lists what a rule of a kind may range over; "" is no range.
var eachOf = map[Kind][]string{
	Restart:    {guide.EachComponents, guide.EachPods},
	Reschedule: {guide.EachPods},
	Scale:      {guide.EachComponents, guide.EachPods},
	Rollback:   {""},
	Notify:     {"", guide.EachComponents, guide.EachPods},
}

// newRule fills in the defaults of g and checks all but its expression.
func newRule(g guide.Rule) (rule, error) {
	r := rule{
		name: g.Name, each: g.Each, kind: Kind(g.Action), dryRun: g.DryRun,
		hold: g.For.Duration, cooldown: cmp.Or(g.Cooldown.Duration, guide.DefaultCooldown),
		budget: guide.DefaultBudgetActions, per: guide.DefaultBudgetPer,
	}
	if g.Budget != nil {
		r.budget, r.per = g.Budget.Actions, g.Budget.Per.Duration
	}
	return r, errors.Join(r.checkAction(), r.checkBounds())
}

func (r *rule) checkAction() error {
	each, ok := eachOf[r.kind]
	switch {
	case !ok:
		return fmt.Errorf("action %q is none of restart, reschedule, scale, rollback, notify", r.kind)
	case slices.Contains(each, r.each):
		return nil
	case r.each == "":
		return fmt.Errorf("action %s needs `each: %s` to know its target", r.kind, each[0])
	case r.kind == Rollback:
		return errors.New("action rollback is for the whole application: remove `each`, use pods.exists(p, ...) in expr")
	default:
		return fmt.Errorf("each %q does not go with action %s, use %q", r.each, r.kind, each)
	}
}

func (r *rule) checkBounds() error {
	var errs []error
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
