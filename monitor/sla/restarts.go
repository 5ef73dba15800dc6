package sla

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// restartsOf are the budgets of an SLA for restarts by all rules together.
func restartsOf(s guide.SLA) map[string]guide.Budget {
	out := map[string]guide.Budget{}
	for component := range s.Resilience {
		if r, _ := s.ResilienceOf(component); r.Restarts != nil {
			out[component] = *r.Restarts
		}
	}
	return out
}

// restartsOf is the budget of a workload, false for none.
func (p *Program) restartsOf(w *guide.Workload) (guide.Budget, bool) {
	if b, ok := p.restarts[componentOf(w)]; ok {
		return b, true
	}
	b, ok := p.restarts["*"]
	return b, ok
}

// componentOf is what the SLA calls a workload.
func componentOf(w *guide.Workload) string {
	if w.Component == "" {
		return w.Name
	}
	return w.Component
}

// restarts tells whether an action counts for the budget of restarts.
func (a Action) restarts() bool { return !a.DryRun && (a.Kind == Restart || a.Kind == Reschedule) }

// restarted holds back what would restart pods of a component more often than its
// resilience allows to all rules together.
func (d *decider) restarted(c candidate, a Action) (Hold, time.Time, string) {
	w := c.on.owner()
	if !a.restarts() || w == nil {
		return "", time.Time{}, ""
	}
	b, ok := d.program.restartsOf(w)
	if !ok {
		return "", time.Time{}, ""
	}
	per := b.Per.Duration
	past := slices.DeleteFunc(slices.Clone(d.state.Restarted[c.on.scope()]), func(t time.Time) bool { return d.now.Sub(t) >= per })
	if len(past) < b.Actions {
		return "", time.Time{}, ""
	}
	return HoldBudget, past[len(past)-b.Actions].Add(per), fmt.Sprintf("resilience.restarts: %d in %s are used up", b.Actions, per)
}

// restart remembers a restart of a component that has a budget of them.
func (s *State) restart(p *Program, w *guide.Workload, scope string, now time.Time) {
	if w == nil {
		return
	}
	if _, ok := p.restartsOf(w); !ok {
		return
	}
	if s.Restarted == nil {
		s.Restarted = map[string][]time.Time{}
	}
	s.Restarted[scope] = append(s.Restarted[scope], now)
}

// forgetRestarts drops those that no budget needs any more.
func (s *State) forgetRestarts(now time.Time, p *Program, o *guide.Observation) {
	for i := range o.Components {
		on := subject{observation: o, component: &o.Components[i]}
		times, ok := s.Restarted[on.scope()]
		if !ok {
			continue
		}
		b, _ := p.restartsOf(on.component)
		s.Restarted[on.scope()] = slices.DeleteFunc(times, func(t time.Time) bool { return now.Sub(t) >= b.Per.Duration })
	}
	maps.DeleteFunc(s.Restarted, func(_ string, times []time.Time) bool {
		return len(times) == 0 || now.Sub(times[len(times)-1]) >= maxDuration
	})
}
