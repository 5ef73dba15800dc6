package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"
)

// event is one line of go test -json; see `go doc test2json`.
type event struct {
	Action      string
	Package     string
	Test        string
	Elapsed     float64 // seconds
	Output      string
	ImportPath  string // of what did not compile
	FailedBuild string
}

// report sums events up and prints what a person wants to know of them.
type report struct {
	out                     io.Writer
	passed, failed, skipped int

	output   map[string][]string // by package, or package and test
	failures map[string]int      // failed tests by package
	packages []timing
	tests    []timing
}

// timing is how long a package or a test took.
type timing struct {
	name    string
	elapsed time.Duration
}

func newReport(out io.Writer) *report {
	return &report{out: out, output: map[string][]string{}, failures: map[string]int{}}
}

// add takes the next event in.
func (r *report) add(e event) {
	switch {
	case e.Action == "build-output":
		fmt.Fprint(r.out, e.Output)
	case e.Action == "output":
		key := e.Package + " " + e.Test
		r.output[key] = append(r.output[key], e.Output)
	case e.Test != "":
		r.endTest(e)
	case e.Package != "":
		r.endPackage(e)
	}
}

func (r *report) endTest(e event) {
	key := e.Package + " " + e.Test
	switch e.Action {
	case "pass":
		r.passed++
	case "skip":
		r.skipped++
		r.print(key)
	case "fail":
		r.failed++
		r.failures[e.Package]++
		r.print(key)
	default:
		return
	}
	delete(r.output, key)
	if !strings.Contains(e.Test, "/") {
		r.tests = append(r.tests, timing{e.Test + " (" + e.Package + ")", seconds(e.Elapsed)})
	}
}

// endPackage prints go test's own line for the package: "ok", "FAIL". Packages
// without tests say nothing.
func (r *report) endPackage(e event) {
	key := e.Package + " "
	switch e.Action {
	case "pass":
		lines := r.output[key]
		if len(lines) > 0 {
			fmt.Fprint(r.out, lines[len(lines)-1])
		}
	case "fail":
		// No test to blame: it did not compile, panicked or ran out of time.
		if r.failures[e.Package] == 0 {
			r.failed++
			r.printUnfinished(e.Package)
		}
		r.print(key)
	default:
		return
	}
	delete(r.output, key)
	r.packages = append(r.packages, timing{e.Package, seconds(e.Elapsed)})
}

// printUnfinished shows the output of the package's tests that never ended.
func (r *report) printUnfinished(pkg string) {
	for _, key := range slices.Sorted(maps.Keys(r.output)) {
		if strings.HasPrefix(key, pkg+" ") && key != pkg+" " {
			r.print(key)
		}
	}
}

// print shows what was written under key, without go test's own marks.
func (r *report) print(key string) {
	for _, line := range r.output[key] {
		if strings.HasPrefix(line, "=== ") {
			continue
		}
		fmt.Fprint(r.out, line)
	}
}

// finish prints the n slowest packages and tests and then the counts.
func (r *report) finish(n int) {
	fmt.Fprintln(r.out, "\nWhere the time went:")
	for _, list := range [][]timing{r.packages, r.tests} {
		slices.SortStableFunc(list, func(a, b timing) int { return cmp.Compare(b.elapsed, a.elapsed) })
		for _, t := range list[:min(n, len(list))] {
			fmt.Fprintf(r.out, "%8.1fs  %s\n", t.elapsed.Seconds(), t.name)
		}
		fmt.Fprintln(r.out)
	}
	fmt.Fprintf(r.out, "%d passed, %d failed", r.passed, r.failed)
	if r.skipped > 0 {
		fmt.Fprintf(r.out, ", %d skipped", r.skipped)
	}
	fmt.Fprintln(r.out)
}

// appendCounts adds "passed failed skipped" as one line to the file at path.
func (r *report) appendCounts(path string) (err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("write counts: %w", err)
	}
	defer func() { err = cmp.Or(err, f.Close()) }()
	_, err = fmt.Fprintln(f, r.passed, r.failed, r.skipped)
	return err
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
