package sla

import (
	"errors"
	"fmt"
	"regexp/syntax"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/overloads"
	"cel.dev/cel-go/common/types"
)

// maxPattern bounds the instructions of a compiled regular expression, since
// CEL counts the cost of a match by the length of the texts alone.
const maxPattern = 100

// checkPatterns refuses regular expressions that are costly, or that would have
// to be compiled for every evaluation. (The library's own limit panics on
// repetitions.)
func checkPatterns(rule string, checked *ast.AST) error {
	var errs []error
	ast.PreOrderVisit(checked.Expr(), ast.NewExprVisitor(func(e ast.Expr) {
		if e.Kind() != ast.CallKind || e.AsCall().FunctionName() != overloads.Matches {
			return
		}
		args := e.AsCall().Args()
		pattern := args[len(args)-1]
		if message := checkPattern(pattern); message != "" {
			at := checked.SourceInfo().GetStartLocation(pattern.ID())
			errs = append(errs, &RuleError{rule, at.Line(), at.Column() + 1, message})
		}
	}))
	return errors.Join(errs...)
}

func checkPattern(e ast.Expr) string {
	if e.Kind() != ast.LiteralKind {
		return "the pattern of matches() must be a literal text"
	}
	text, _ := e.AsLiteral().(types.String)
	parsed, err := syntax.Parse(string(text), syntax.Perl)
	if err != nil {
		return err.Error()
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		return err.Error()
	}
	if n := len(program.Inst); n > maxPattern {
		return fmt.Sprintf("the pattern is too complex: %d steps are more than %d", n, maxPattern)
	}
	return ""
}
