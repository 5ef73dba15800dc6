package sla

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// Cost limits in CEL's units, two of which take about a microsecond. They are
// counted, not timed, so that a decision does not depend on the machine.
const (
	costOfEvaluation = 50_000  // one rule on one target
	costOfDecision   = 500_000 // all rules on all targets
)

var errTooExpensive = errors.New("the rules together have used up their cost limit")

// verdict is what an expression says.
type verdict int

const (
	unknown verdict = iota
	yes
	no
)

// source is what an expression is compiled from.
type source struct{ each, text string }

// expression is a compiled rule expression.
type expression struct {
	program cel.Program
	// facts are the values that the expression reads, to show a person.
	facts []fact
}

// fact is one readable value: "it.restarts".
type fact struct {
	text    string
	program cel.Program
}

// compileExpression parses and checks the rule's expression, which must be
// true or false.
func compileExpression(env *cel.Env, g guide.Rule) (*expression, error) {
	if strings.TrimSpace(g.Expr) == "" {
		return nil, &RuleError{Rule: g.Name, Message: "expr is missing"}
	}
	checked, issues := env.Compile(g.Expr)
	if issues.Err() != nil {
		return nil, issueErrors(g.Name, issues)
	}
	if checked.OutputType() != cel.BoolType {
		return nil, &RuleError{g.Name, 1, 1, fmt.Sprintf("must be true or false, is of type %s", checked.OutputType())}
	}
	if err := checkPatterns(g.Name, checked.NativeRep()); err != nil {
		return nil, err
	}
	program, err := env.Program(checked, cel.EvalOptions(cel.OptOptimize), cel.CostLimit(costOfEvaluation))
	if err != nil {
		return nil, &RuleError{g.Name, 1, 1, err.Error()}
	}
	facts, err := findFacts(env, checked.NativeRep())
	if err != nil {
		return nil, &RuleError{g.Name, 1, 1, err.Error()}
	}
	return &expression{program: program, facts: facts}, nil
}

func issueErrors(name string, issues *cel.Issues) error {
	var errs []error
	for _, e := range issues.Errors() {
		errs = append(errs, &RuleError{name, e.Location.Line(), e.Location.Column() + 1, e.Message})
	}
	return errors.Join(errs...)
}

// evaluate returns the verdict, why it is unknown, and what it cost.
func (e *expression) evaluate(v *variables) (verdict, error, uint64) { //nolint:revive,staticcheck // verdict and reason belong together
	out, details, err := e.program.Eval(v)
	cost := uint64(costOfEvaluation)
	if c := details.ActualCost(); c != nil {
		cost = *c
	}
	switch {
	case err != nil:
		return unknown, err, cost
	case out == types.True:
		return yes, nil, cost
	case out == types.False:
		return no, nil, cost
	}
	return unknown, fmt.Errorf("expression is %s", out.Type().TypeName()), cost
}

// explain lists the values the expression reads: "it.restarts=7, revision=a1b2".
func (e *expression) explain(v *variables) string {
	var out []string
	for _, f := range e.facts {
		if val, _, err := f.program.Eval(v); err == nil {
			out = append(out, fmt.Sprintf("%s=%v", f.text, val.Value()))
		}
	}
	return strings.Join(out, ", ")
}

// findFacts compiles each distinct selection from a variable, in the order in
// which the expression names them. Elements of comprehensions have no one value.
func findFacts(env *cel.Env, checked *ast.AST) ([]fact, error) {
	var texts []string
	ast.PreOrderVisit(checked.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		text, ok := selection(e)
		if ok && isScalar(checked.GetType(e.ID())) && !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}))
	var facts []fact
	for _, text := range texts {
		compiled, issues := env.Compile(text)
		if issues.Err() != nil {
			continue // a comprehension's variable
		}
		program, err := env.Program(compiled)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", text, err)
		}
		facts = append(facts, fact{text, program})
	}
	return facts, nil
}

// selection is the text of a variable or of a field selected from one.
func selection(e ast.Expr) (string, bool) {
	switch e.Kind() {
	case ast.IdentKind:
		return e.AsIdent(), true
	case ast.SelectKind:
		of, ok := selection(e.AsSelect().Operand())
		return of + "." + e.AsSelect().FieldName(), ok && !e.AsSelect().IsTestOnly()
	}
	return "", false
}

func isScalar(t *types.Type) bool {
	return slices.Contains([]*types.Type{types.BoolType, types.IntType, types.DoubleType, types.StringType}, t)
}

// variables are what an expression reads: an observation and, ranging over a
// list, its element.
type variables struct {
	observation *guide.Observation
	it          any
}

var _ cel.Activation = (*variables)(nil)

// ResolveName implements cel.Activation.
func (v *variables) ResolveName(name string) (any, bool) {
	o := v.observation
	switch name {
	case "it":
		return v.it, v.it != nil
	case "rollout":
		return o.Rollout, o.Rollout != nil
	case "components":
		return o.Components, true
	case "pods":
		return o.Pods, true
	case "nodes":
		return o.Nodes, true
	case "objectives":
		return o.Objectives, true
	case "metrics":
		return o.Metrics, true
	case "time":
		return o.Time, true
	case "application":
		return o.Application, true
	case "namespace":
		return o.Namespace, true
	case "revision":
		return o.Revision, true
	}
	return nil, false
}

// Parent implements cel.Activation.
func (v *variables) Parent() cel.Activation { return nil }
