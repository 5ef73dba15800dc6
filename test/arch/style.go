package arch

import (
	"fmt"
	"go/ast"
	"go/token"
	"strings"
)

// The hard stops on length, in lines. The norm is about half of them.
const (
	maxFile     = 300
	maxTestFile = 600
	maxFunction = 100
)

// CheckFile tells what is wrong with the style of one file, parsed with its
// comments: its length, its functions' length, init functions.
func CheckFile(fset *token.FileSet, file *ast.File) []string {
	var found []string
	report := func(pos token.Pos, format string, args ...any) {
		found = append(found, fset.Position(pos).String()+": "+fmt.Sprintf(format, args...))
	}
	if ast.IsGenerated(file) {
		return nil
	}
	limit := maxFile
	if strings.HasSuffix(fset.Position(file.Package).Filename, "_test.go") {
		limit = maxTestFile
	}
	if lines := fset.Position(file.FileEnd).Line; lines > limit {
		report(file.Package, "%d lines, more than %d: split the file by what it does", lines, limit)
	}
	for _, decl := range file.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok {
			continue
		}
		if fn.Name.Name == "init" && fn.Recv == nil {
			report(fn.Pos(), "init function: construct what it sets up where it is used")
		}
		if lines := fset.Position(fn.End()).Line - fset.Position(fn.Pos()).Line + 1; lines > maxFunction {
			report(fn.Pos(), "%s has %d lines, more than %d: split it", fn.Name.Name, lines, maxFunction)
		}
	}
	return found
}
