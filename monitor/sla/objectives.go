package sla

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spotguide/spotguide/monitor/objective"
	"github.com/spotguide/spotguide/spotguides/guide"
)

// RuleFreeze is what holds new revisions back while an error budget is spent.
const RuleFreeze = "freeze"

// What may happen to an objective, as Events have it.
const (
	BudgetBurns     = "BudgetBurns"
	BudgetBurnEnded = "BudgetBurnEnded"
	BudgetSpent     = "BudgetSpent"
	BudgetRecovered = "BudgetRecovered"
)

// Turn is an alert of an objective that begins or ends.
type Turn struct {
	// Reason is one of the constants above.
	Reason    string
	Objective string
	Message   string
}

// Bad tells whether it is a turn for the worse.
func (t Turn) Bad() bool { return t.Reason == BudgetBurns || t.Reason == BudgetSpent }

// pursueAll makes the objectives ready.
func (p *Program) pursueAll(objectives []guide.Objective) error {
	var errs []error
	named := map[string]bool{}
	for _, g := range objectives {
		o, err := objective.New(g)
		if err != nil {
			errs = append(errs, fmt.Errorf("objective %q: %w", g.Name, err))
		}
		if named[g.Name] {
			errs = append(errs, fmt.Errorf("objective %q: there is another one of this name", g.Name))
		}
		named[g.Name] = true
		p.objectives = append(p.objectives, o)
	}
	if n := len(objectives); n > guide.MaxObjectives {
		errs = append(errs, fmt.Errorf("%d objectives are more than %d", n, guide.MaxObjectives))
	}
	return errors.Join(errs...)
}

// pursue looks at the objectives, and shows rules how they stand.
func (d *decider) pursue() {
	before, given := d.state.Objectives, d.observation.Objectives
	d.state.Objectives, d.observation.Objectives = nil, slices.Clone(given)
	for _, o := range d.program.objectives {
		s := o.Look(d.now, d.observation.Metrics, before[o.Name])
		if d.state.Objectives == nil {
			d.state.Objectives = map[string]objective.State{}
		}
		d.state.Objectives[o.Name] = s
		d.turned(o, before[o.Name], s)
		if !slices.ContainsFunc(given, func(g guide.ObjectiveSeen) bool { return g.Name == o.Name }) {
			d.observation.Objectives = append(d.observation.Objectives, seen(o, s))
		}
	}
}

func seen(o *objective.Objective, s objective.State) guide.ObjectiveSeen {
	out := guide.ObjectiveSeen{Name: o.Name, Target: o.Target, Budget: s.Figures.Left, Burning: s.Severity(), Spent: s.Spent}
	if b, known := s.Fastest(); known {
		out.Burn = b.Long
	}
	return out
}

// turned notes which alerts of an objective have begun or ended.
func (d *decider) turned(o *objective.Objective, before, after objective.State) {
	note := func(reason, text string) {
		message := fmt.Sprintf("objective %s (%v%% in %s): %s", o.Name, o.Target, o.Window, text)
		d.decision.Turns = append(d.decision.Turns, Turn{reason, o.Name, message})
	}
	left := "what is left of the error budget is not known"
	if l := after.Figures.Left; l != nil {
		left = fmt.Sprintf("%.1f%% of the error budget is left", 100**l)
	}
	switch was, is := before.Severity(), after.Severity(); {
	case was == is:
	case is == "":
		note(BudgetBurnEnded, "burns no longer too fast; "+left)
	default:
		text := is
		if b, known := after.Fastest(); known && b.Long != nil {
			text = fmt.Sprintf("%s: burns at %.1f over %s, which is too fast from %.1f on", is, *b.Long, b.Over, b.Factor)
		}
		note(BudgetBurns, text+"; "+left)
	}
	switch {
	case after.Spent && !before.Spent:
		note(BudgetSpent, "the error budget is spent")
	case before.Spent && !after.Spent:
		note(BudgetRecovered, left)
	}
}

// Frozen says why a new revision that has these objectives is to be held back, ""
// if it is not.
func (s State) Frozen(objectives []guide.Objective) string {
	var spent []string
	for _, o := range objectives {
		if o.Freeze && s.Objectives[o.Name].Spent {
			spent = append(spent, o.Name)
		}
	}
	switch len(spent) {
	case 0:
		return ""
	case 1:
		return "the error budget of objective " + spent[0] + " is spent"
	}
	return "the error budgets of objectives " + strings.Join(spent, ", ") + " are spent"
}

// thaw asks a person to let a revision go ahead that is held back.
func (d *decider) thaw() {
	o := d.observation
	if o.Held == nil {
		return
	}
	d.decision.Pending = append(d.decision.Pending, Pending{
		Rule: RuleFreeze, Hold: HoldApproval, Message: fmt.Sprintf("would apply %s: %s", o.Held.Revision, o.Held.Why),
		Target:   Target{Kind: KindApplication, Namespace: o.Namespace, Name: o.Application},
		Approval: Thaw(o.Namespace, o.Application, o.Held.Revision),
	})
}

// Thaw is the approval that lets a revision go ahead.
func Thaw(namespace, application, revision string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{RuleFreeze, namespace, application, revision}, "\x00")))
	return hex.EncodeToString(sum[:5])
}
