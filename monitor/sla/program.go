package sla

import (
	"errors"
	"fmt"
	"slices"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// spec is all that a Program is made of.
type spec struct {
	Rules       []guide.Rule
	Maintenance []guide.Window
	Autoscaling map[string]guide.Autoscaling
	Restarts    map[string]guide.Budget
	Objectives  []guide.Objective
	Storage     map[string]guide.StorageGrowth
}

// Program compiles all of an SLA that the monitor keeps: its rules over those
// that every application has, and its maintenance windows. The error joins a
// *RuleError for every mistake in a rule.
func (c *Compiler) Program(s guide.SLA) (*Program, error) {
	own := map[string]guide.Autoscaling{}
	for component := range s.Autoscaling {
		if a, _ := s.AutoscalingOf(component); a.Own() {
			own[component] = a
		}
	}
	return c.of(spec{Rules: Rules(s), Maintenance: s.Maintenance, Autoscaling: own, Restarts: restartsOf(s), Objectives: s.Objectives, Storage: s.Storage})
}

// scale makes the autoscaling ready that the monitor does itself.
func (p *Program) scale(own map[string]guide.Autoscaling) error {
	var errs []error
	p.scalers = map[string]*autoscaler{}
	for component, settings := range own {
		a, err := newAutoscaler(settings)
		if err != nil {
			errs = append(errs, fmt.Errorf("autoscaling %q: %w", component, err))
		}
		p.scalers[component] = a
	}
	return errors.Join(errs...)
}

// autoscaler of a workload, nil where the monitor does not scale.
func (p *Program) autoscaler(w *guide.Workload) *autoscaler {
	if a, ok := p.scalers[componentOf(w)]; ok {
		return a
	}
	return p.scalers["*"]
}

// Compile is Program for nothing but rules, as they are.
func (c *Compiler) Compile(rules []guide.Rule) (*Program, error) {
	return c.of(spec{Rules: rules})
}

// windows makes the maintenance windows ready.
func (p *Program) windows(windows []guide.Window) error {
	var errs []error
	for _, w := range windows {
		hours, err := w.Hours()
		if err != nil {
			errs = append(errs, fmt.Errorf("maintenance %q: %w", w.Name, err))
			continue
		}
		p.maintenance = append(p.maintenance, hours)
	}
	if len(windows) > MaxWindows {
		errs = append(errs, fmt.Errorf("%d maintenance windows are more than %d", len(windows), MaxWindows))
	}
	return errors.Join(errs...)
}

// tie makes each rule know what inhibits it. Who is inhibited must be known, also
// when it is switched off, and nobody inhibits itself in the end, for such rules
// would keep still for ever.
func (p *Program) tie(known map[string]bool) error {
	var errs []error
	for i := range p.rules {
		r := &p.rules[i]
		for _, name := range r.inhibits {
			other := p.rule(name)
			switch {
			case !known[name]:
				errs = append(errs, &RuleError{Rule: r.name, Message: fmt.Sprintf("inhibits %q: there is no such rule", name)})
			case other != nil:
				other.inhibitedBy = append(other.inhibitedBy, r.name)
			}
		}
	}
	for i := range p.rules {
		if r := &p.rules[i]; p.reaches(r.name, r.name, nil) {
			errs = append(errs, &RuleError{Rule: r.name, Message: "inhibits itself, directly or by way of others"})
		}
	}
	return errors.Join(errs...)
}

func (p *Program) reaches(from, to string, seen []string) bool {
	r := p.rule(from)
	if r == nil || slices.Contains(seen, from) {
		return false
	}
	for _, name := range r.inhibits {
		if name == to || p.reaches(name, to, append(seen, from)) {
			return true
		}
	}
	return false
}
