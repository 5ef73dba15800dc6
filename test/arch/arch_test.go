package arch

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const (
	module = "github.com/spotguide/spotguide"
	root   = "../.."
)

// TestImports holds the module to the tables of ARCHITECTURE.md.
func TestImports(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root, "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	rules, err := ParseRules(string(page))
	if err != nil {
		t.Fatalf("ARCHITECTURE.md: %v", err)
	}
	packages := listPackages(t)
	for _, violation := range CheckImports(module, packages, rules) {
		t.Error(violation)
	}
	for _, stale := range staleRows(packages, rules) {
		t.Errorf("ARCHITECTURE.md has a row for %s, which does not exist", stale)
	}
}

// staleRows lists packages that stand in the import table and nowhere else.
func staleRows(packages []Package, rules Rules) []string {
	var stale []string
	for _, rule := range rules.Imports {
		used := false
		for _, p := range packages {
			used = used || matches(rule.Package, relative(module, p.ImportPath))
		}
		if !used {
			stale = append(stale, rule.Package)
		}
	}
	return stale
}

// TestStyle holds every Go file of the repository, the modules below hack
// included, to the house rules.
func TestStyle(t *testing.T) {
	fset := token.NewFileSet()
	packages := map[string][]*ast.File{} // by folder and package name
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() && path != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "bin") {
			return filepath.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		file, err := parser.ParseFile(fset, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		for _, violation := range CheckFile(fset, file) {
			t.Error(violation)
		}
		key := filepath.Dir(path) + " " + file.Name.Name
		packages[key] = append(packages[key], file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(packages) < 10 {
		t.Fatalf("found only %d packages below %s", len(packages), root)
	}
	for _, files := range packages {
		for _, violation := range CheckVariables(fset, files) {
			t.Error(violation)
		}
	}
}

// TestNoPackageInSync keeps sync/ a folder: a package there would shadow the
// standard library's.
func TestNoPackageInSync(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(root, "sync", "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) > 0 {
		t.Errorf("move %v into a package below sync/", files)
	}
}

// listPackages asks the go command for the module's packages, those of the
// end-to-end tests included.
func listPackages(t *testing.T) []Package {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-tags", "e2e", "-json=ImportPath,Imports,TestImports,XTestImports", "./...")
	cmd.Dir = root
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []Package
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p Package
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			return packages
		}
		if err != nil {
			t.Fatalf("go list's answer: %v", err)
		}
		packages = append(packages, p)
	}
}
