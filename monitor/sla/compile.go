package sla

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spotguide/spotguide/monitor/objective"
	"github.com/spotguide/spotguide/spotguides/guide"
)

// Program is a compiled set of rules. It never changes and may be used by any
// number of applications at once.
type Program struct {
	rules []rule
	// byName finds a rule of State.
	byName      map[string]int
	names       []string
	maintenance []guide.Hours
	scalers     map[string]*autoscaler  // by component
	restarts    map[string]guide.Budget // the same
	objectives  []*objective.Objective
	growers     map[string]*grower // by volume
}

// Empty is the program of no rules.
func Empty() *Program { return &Program{} }

func (p *Program) rule(name string) *rule {
	i, ok := p.byName[name]
	if !ok {
		return nil
	}
	return &p.rules[i]
}

// RuleError is a mistake in one rule.
type RuleError struct {
	Rule string
	// Line and Column in the rule's expression, from 1; 0 when the mistake is
	// not in the expression.
	Line, Column int
	Message      string
}

func (e *RuleError) Error() string {
	if e.Line == 0 {
		return fmt.Sprintf("rule %q: %s", e.Rule, e.Message)
	}
	return fmt.Sprintf("rule %q: expr %d:%d: %s", e.Rule, e.Line, e.Column, e.Message)
}

// Compiler turns rules into programs. Equal rules give the same Program and
// equal expressions share their compiled form, for as long as somebody uses
// them. Safe for concurrent use.
type Compiler struct {
	envs        environments
	programs    cache[[sha256.Size]byte, Program]
	expressions cache[source, expression]
}

// NewCompiler makes a Compiler for the types of guide.Observation.
func NewCompiler() (*Compiler, error) {
	envs, err := newEnvironments()
	if err != nil {
		return nil, err
	}
	return &Compiler{envs: envs}, nil
}

func (c *Compiler) of(s spec) (*Program, error) {
	content, err := json.Marshal(s)
	if err != nil {
		return nil, fmt.Errorf("encode rules: %w", err)
	}
	return c.programs.get(sha256.Sum256(content), func() (*Program, error) { return c.compile(s) })
}

// compile checks everything and compiles the rules that are not disabled.
func (c *Compiler) compile(s spec) (*Program, error) {
	p := &Program{byName: map[string]int{}, restarts: s.Restarts}
	seen := map[string]bool{}
	var errs []error
	for _, g := range s.Rules {
		if seen[g.Name] {
			errs = append(errs, &RuleError{Rule: g.Name, Message: "there is another rule of this name"})
			continue
		}
		seen[g.Name] = true
		if g.Disabled {
			continue
		}
		if g.Partial() {
			errs = append(errs, &RuleError{Rule: g.Name, Message: "has neither expr nor action, and there is no rule of this name to change"})
			continue
		}
		r, err := c.compileRule(g)
		errs = append(errs, err)
		p.byName[r.name] = len(p.rules)
		p.rules, p.names = append(p.rules, r), append(p.names, r.name)
	}
	errs = append(errs, p.tie(seen), p.windows(s.Maintenance), p.scale(s.Autoscaling), p.pursueAll(s.Objectives), p.grow(s.Storage))
	if len(p.rules) > MaxRules {
		errs = append(errs, fmt.Errorf("%d rules are more than %d", len(p.rules), MaxRules))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return p, nil
}

// compileRule reports the mistakes around an expression and those in it.
func (c *Compiler) compileRule(g guide.Rule) (rule, error) {
	r, err := newRule(g)
	if err != nil {
		err = &RuleError{Rule: g.Name, Message: err.Error()}
	}
	env, ok := c.envs[g.Each]
	if !ok {
		return r, err // which says that there is no such list
	}
	var exprErr error
	r.expr, exprErr = c.expressions.get(source{g.Each, g.Expr}, func() (*expression, error) {
		return compileExpression(env, g)
	})
	return r, errors.Join(err, exprErr)
}
