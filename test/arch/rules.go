// Package arch keeps the code in the shape that ARCHITECTURE.md describes: the
// import table and the table of libraries that one package alone may use are
// read from that page, so the page cannot be wrong. Beside the imports it bounds
// the length of files and functions and refuses init functions and mutable
// package-level variables.
package arch

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Rules are what ARCHITECTURE.md lays down.
type Rules struct {
	// Imports has a row for each package of the module, relative to it.
	Imports []ImportRule
	// Owners has a row for each library that only some packages may use.
	Owners []OwnerRule
}

// ImportRule says which packages of the module those that match Package may
// import. Patterns are paths relative to the module; "x/..." means x and all
// below it.
type ImportRule struct {
	Package string
	// Any: everything may be imported but what matches Patterns; otherwise
	// only what matches Patterns.
	Any      bool
	Patterns []string
}

// OwnerRule says that the library whose import paths begin with Library is used
// by Users only.
type OwnerRule struct {
	Library string
	Users   []string
}

// The headings of the two tables' last columns, by which they are found.
const (
	importsHeading = "may import"
	ownersHeading  = "only used by"
)

// code finds what stands in backticks.
var code = regexp.MustCompile("`([^`]+)`")

// ParseRules reads the tables out of ARCHITECTURE.md. In the import table the
// last cell is "nothing", "everything", "everything but" patterns, or patterns,
// each package and pattern in backticks.
func ParseRules(markdown string) (Rules, error) {
	var r Rules
	heading := ""
	for i, line := range strings.Split(markdown, "\n") {
		cells := tableCells(line)
		if len(cells) < 2 {
			heading = ""
			continue
		}
		last := cells[len(cells)-1]
		switch {
		case heading == "":
			heading = last
		case strings.HasPrefix(last, "---"):
		case heading == importsHeading:
			rule, err := parseImportRule(cells[0], last)
			if err != nil {
				return Rules{}, fmt.Errorf("line %d: %w", i+1, err)
			}
			r.Imports = append(r.Imports, rule)
		case heading == ownersHeading:
			library, users := codes(cells[0]), codes(last)
			if len(library) != 1 || len(users) == 0 {
				return Rules{}, fmt.Errorf("line %d: want one library and its users in backticks", i+1)
			}
			r.Owners = append(r.Owners, OwnerRule{Library: library[0], Users: users})
		}
	}
	if len(r.Imports) == 0 || len(r.Owners) == 0 {
		return Rules{}, errors.New("no table with the headings " + importsHeading + " and " + ownersHeading)
	}
	return r, nil
}

func parseImportRule(pkg, allowed string) (ImportRule, error) {
	names := codes(pkg)
	if len(names) != 1 {
		return ImportRule{}, fmt.Errorf("want one package in backticks, not %q", pkg)
	}
	rule := ImportRule{
		Package:  names[0],
		Any:      strings.HasPrefix(allowed, "everything"),
		Patterns: codes(allowed),
	}
	if len(rule.Patterns) == 0 && !rule.Any && allowed != "nothing" {
		return ImportRule{}, fmt.Errorf("%s: say nothing, everything or patterns in backticks, not %q", rule.Package, allowed)
	}
	return rule, nil
}

// allows tells whether the package at path may be imported.
func (r ImportRule) allows(path string) bool {
	matched := slices.ContainsFunc(r.Patterns, func(p string) bool { return matches(p, path) })
	return matched != r.Any
}

// importRule is the row for the package at path: the longest that matches.
func (r Rules) importRule(path string) (ImportRule, bool) {
	var best ImportRule
	for _, rule := range r.Imports {
		if matches(rule.Package, path) && len(rule.Package) > len(best.Package) {
			best = rule
		}
	}
	return best, best.Package != ""
}

// matches tells whether path is pattern's, where "x/..." stands for x and all
// below it.
func matches(pattern, path string) bool {
	parent, deep := strings.CutSuffix(pattern, "/...")
	return path == parent || deep && strings.HasPrefix(path, parent+"/")
}

// tableCells splits a row of a Markdown table; nil for any other line.
func tableCells(line string) []string {
	line = strings.TrimSpace(line)
	if !strings.HasPrefix(line, "|") || !strings.HasSuffix(line, "|") || len(line) < 2 {
		return nil
	}
	cells := strings.Split(line[1:len(line)-1], "|")
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	return cells
}

func codes(cell string) []string {
	var found []string
	for _, m := range code.FindAllStringSubmatch(cell, -1) {
		found = append(found, m[1])
	}
	return found
}
