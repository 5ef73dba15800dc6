package guide

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation"
)

// at is a path to a field, for document.problem.
func at(steps ...any) []any { return steps }

// under returns the path of a field below p.
func under(p []any, steps ...any) []any { return append(slices.Clone(p), steps...) }

// label demands a DNS label, which most names in Kubernetes are.
func (d document) label(name string, p []any) {
	if name == "" {
		d.problem(p, "", "is missing")
	} else if errs := validation.IsDNS1123Label(name); len(errs) > 0 {
		d.problem(p, "use lower-case letters, digits and dashes, at most 63", "%q is no DNS label", name)
	}
}

// oneOf demands one of the known words; empty is allowed, since a default or
// another check takes care of it.
func oneOf[S ~string](d document, word S, p []any, known ...S) {
	if word == "" || slices.Contains(known, word) {
		return
	}
	names := make([]string, len(known))
	for i, k := range known {
		names[i] = string(k)
	}
	d.problem(p, suggest(string(word), names), "%q is not known", word)
}

// between demands a number in a range.
func between[N ~int | ~int32 | ~int64](d document, n, low, high N, p []any) {
	if n < low || n > high {
		d.problem(p, "", "must be from %d to %d, but is %d", low, high, n)
	}
}

// pattern demands a path.Match pattern below the folder.
func (d document) pattern(file string, p []any) {
	if file == "" {
		d.problem(p, "name a file, such as Chart.yaml or *.yaml", "is missing")
	} else if _, err := path.Match(file, "x"); err != nil {
		d.problem(p, "", "%q is no file pattern: a bracket is not closed", file)
	} else {
		d.local(file, p)
	}
}

// local demands a path that stays below the folder.
func (d document) local(file string, p []any) {
	if !fs.ValidPath(path.Clean(file)) || strings.Contains(file, `\`) {
		d.problem(p, "write it relative to the application's folder, with slashes and without ..",
			"%q leads out of the application's folder", file)
	}
}

// expression demands a regular expression with so many groups; groups below 0
// allows any.
func (d document) expression(re string, groups int, p []any) {
	if re == "" {
		return
	}
	compiled, err := regexp.Compile(re)
	switch {
	case err != nil:
		d.problem(p, "the syntax is RE2: https://github.com/google/re2/wiki/Syntax", "%s", strings.TrimPrefix(err.Error(), "error parsing "))
	case groups >= 0 && compiled.NumSubexp() != groups:
		d.problem(p, "put ( ) around the value and (?: ) around other groups",
			"must have %d group, but has %d", groups, compiled.NumSubexp())
	}
}

// absolute demands a path of a URL; empty is allowed.
func (d document) absolute(url string, p []any) {
	if url != "" && !strings.HasPrefix(url, "/") {
		d.problem(p, fmt.Sprintf("write %q", "/"+url), "%q does not begin with a slash", url)
	}
}
