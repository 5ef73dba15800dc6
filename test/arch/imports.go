package arch

import (
	"fmt"
	"strings"
)

// Package is one package as `go list -json` gives it.
type Package struct {
	ImportPath string
	Imports    []string
	// TestImports and XTestImports are those of its test files.
	TestImports, XTestImports []string
}

// CheckImports tells what the packages of module import against the rules, one
// sentence each. Test files may import test/... as well, their own package and those
// below and beside it.
func CheckImports(module string, packages []Package, rules Rules) []string {
	var found []string
	for _, p := range packages {
		path := relative(module, p.ImportPath)
		rule, ok := rules.importRule(path)
		if !ok {
			found = append(found, fmt.Sprintf("%s: not in the import table of ARCHITECTURE.md: give it a row, or put the code where it belongs", path))
			continue
		}
		for _, imported := range p.Imports {
			if dep, ours := ourImport(module, imported); ours && !rule.allows(dep) {
				found = append(found, fmt.Sprintf("%s imports %s, which its row in ARCHITECTURE.md does not allow", path, dep))
			}
			found = append(found, checkOwner(path, imported, rules.Owners)...)
		}
		for _, imported := range append(p.TestImports, p.XTestImports...) {
			dep, ours := ourImport(module, imported)
			if ours && !rule.allows(dep) && !near(path, dep) && !matches("test/...", dep) {
				found = append(found, fmt.Sprintf("%s imports %s in a test, which its row in ARCHITECTURE.md does not allow", path, dep))
			}
		}
	}
	return found
}

// near tells whether a package lies below or beside another.
func near(path, dep string) bool {
	if matches(path+"/...", dep) {
		return true
	}
	folder, _, nested := cutLast(path)
	return nested && matches(folder+"/...", dep)
}

// cutLast splits a path at its last slash.
func cutLast(path string) (folder, name string, ok bool) {
	i := strings.LastIndexByte(path, '/')
	if i < 0 {
		return "", path, false
	}
	return path[:i], path[i+1:], true
}

// checkOwner tells when path imports a library that belongs to others. Tests
// and what stands in hack and test may use every library.
func checkOwner(path, imported string, owners []OwnerRule) []string {
	if matches("hack/...", path) || matches("test/...", path) {
		return nil
	}
	for _, o := range owners {
		if !matches(o.Library+"/...", imported) {
			continue
		}
		for _, user := range o.Users {
			if matches(user, path) {
				return nil
			}
		}
		return []string{fmt.Sprintf("%s imports %s, which only %s may", path, imported, strings.Join(o.Users, ", "))}
	}
	return nil
}

// relative is the path of one of module's packages below it, "." for its root.
func relative(module, path string) string {
	if path == module {
		return "."
	}
	return strings.TrimPrefix(path, module+"/")
}

// ourImport is relative for imports of module's packages and false for others.
func ourImport(module, imported string) (string, bool) {
	return relative(module, imported), matches(module+"/...", imported)
}
