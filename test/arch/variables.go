package arch

import (
	"fmt"
	"go/ast"
	"go/token"
	"maps"
	"slices"
	"strings"
)

// pureCalls are the functions whose results never change, so that a
// package-level variable may hold one. The names are as the code writes them; a
// prefix ending in a dot stands for the whole package.
var pureCalls = []string{
	"errors.New", "fmt.Errorf", "regexp.MustCompile", "template.Must",
	"strings.NewReplacer", "strings.Repeat", "time.Date", "time.Unix", "slices.", "maps.",
	"resource.MustParse", "schema.", "sets.New", "semver.MustParse", "sync.OnceValue", "sync.OnceValues", "sync.OnceFunc",
	"reflect.TypeFor", "reflect.TypeOf", "lipgloss.NewStyle", "lipgloss.Color", "netip.MustParsePrefix", "netip.MustParseAddr",
	"flag.Bool", // go test's own flags, like -update
}

// CheckVariables tells which package-level variables of a package are mutable
// state: declared without a value, holding what is made to be changed, or
// changed somewhere in the package. It goes by the syntax alone, without types.
func CheckVariables(fset *token.FileSet, files []*ast.File) []string {
	vars := map[string]*ast.Ident{}
	var found []string
	for _, file := range files {
		if ast.IsGenerated(file) {
			continue
		}
		for _, decl := range file.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok || gen.Tok != token.VAR {
				continue
			}
			for _, spec := range gen.Specs {
				found = append(found, checkSpec(fset, gen, spec.(*ast.ValueSpec), vars)...)
			}
		}
	}
	changed := map[string]token.Pos{}
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			for _, target := range changedBy(n) {
				if v := vars[target.Name]; v != nil && isPackageLevel(target, v) {
					changed[target.Name] = target.Pos()
				}
			}
			return true
		})
	}
	for _, name := range slices.Sorted(maps.Keys(changed)) {
		found = append(found, fmt.Sprintf("%s: %s is changed at %s: package-level variables are constants here, pass state along",
			fset.Position(vars[name].Pos()), name, fset.Position(changed[name])))
	}
	return found
}

// checkSpec judges a declaration by itself and enters its names in vars.
func checkSpec(fset *token.FileSet, gen *ast.GenDecl, spec *ast.ValueSpec, vars map[string]*ast.Ident) []string {
	var found []string
	for i, name := range spec.Names {
		if name.Name == "_" || isEmbedded(gen, spec) {
			continue
		}
		vars[name.Name] = name
		switch {
		case len(spec.Values) == 0 && !isLinked(name.Name):
			found = append(found, fmt.Sprintf("%s: %s has no value, so something sets it later: pass state along", fset.Position(name.Pos()), name.Name))
		case i < len(spec.Values) && !isConstant(spec.Values[i]):
			found = append(found, fmt.Sprintf("%s: %s holds what is made to be changed: construct it where it is used", fset.Position(name.Pos()), name.Name))
		}
	}
	return found
}

// isEmbedded tells whether the compiler fills the variable from files.
func isEmbedded(gen *ast.GenDecl, spec *ast.ValueSpec) bool {
	for _, doc := range []*ast.CommentGroup{gen.Doc, spec.Doc} {
		if doc == nil {
			continue
		}
		for _, c := range doc.List {
			if strings.HasPrefix(c.Text, "//go:embed ") {
				return true
			}
		}
	}
	return false
}

// isLinked tells whether the linker sets the variable (-X main.version=...).
func isLinked(name string) bool { return name == "version" }

// isConstant tells whether an initial value is one that nobody changes by using
// it: literals, tables, functions and results of pure calls.
func isConstant(value ast.Expr) bool {
	constant := true
	ast.Inspect(value, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.CallExpr:
			constant = constant && isPureCall(n)
		case *ast.CompositeLit:
			constant = constant && !isGuard(exprName(n.Type))
		}
		return constant
	})
	return constant
}

// isGuard tells whether a type is there to guard or count what changes. A pool
// of buffers is not: nothing can be told by it.
func isGuard(name string) bool {
	pkg, _, _ := strings.Cut(name, ".")
	return name != "sync.Pool" && (pkg == "sync" || pkg == "atomic")
}

// isPureCall allows pureCalls, conversions and functions of the package itself,
// unless they are constructors by name. What a method is called on is judged on
// its own.
func isPureCall(call *ast.CallExpr) bool {
	name := exprName(call.Fun)
	if name == "" {
		return true
	}
	if !strings.Contains(name, ".") {
		return name != "make" && !strings.HasPrefix(strings.ToLower(name), "new")
	}
	return slices.ContainsFunc(pureCalls, func(pure string) bool {
		return name == pure || strings.HasSuffix(pure, ".") && strings.HasPrefix(name, pure)
	})
}

// exprName is "name" or "package.Name", "" for any other expression.
func exprName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		if pkg, ok := e.X.(*ast.Ident); ok {
			return pkg.Name + "." + e.Sel.Name
		}
	case *ast.IndexExpr: // a type argument
		return exprName(e.X)
	}
	return ""
}

// changedBy lists the variables that a statement or call changes: assigned to,
// incremented, indexed and assigned to, deleted from, or address taken.
func changedBy(n ast.Node) []*ast.Ident {
	var targets []ast.Expr
	switch n := n.(type) {
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			targets = n.Lhs
		}
	case *ast.IncDecStmt:
		targets = []ast.Expr{n.X}
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			targets = []ast.Expr{n.X}
		}
	case *ast.CallExpr:
		if fun, ok := n.Fun.(*ast.Ident); ok && (fun.Name == "delete" || fun.Name == "clear") && len(n.Args) > 0 {
			targets = n.Args[:1]
		}
	}
	var roots []*ast.Ident
	for _, t := range targets {
		if root := rootIdent(t); root != nil {
			roots = append(roots, root)
		}
	}
	return roots
}

// rootIdent is the variable that x.f, x[i] and *x are parts of.
func rootIdent(e ast.Expr) *ast.Ident {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		default:
			return nil
		}
	}
}

// isPackageLevel tells whether the identifier can mean the package's variable:
// the parser resolves locals within a file, so one that it resolved to another
// declaration is a local.
func isPackageLevel(use, variable *ast.Ident) bool {
	return use.Obj == nil || use.Obj == variable.Obj //nolint:staticcheck // types would need every dependency loaded
}
