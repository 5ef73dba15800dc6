package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// sample is a module with every way for tests to end.
const sample = `
-- go.mod --
module sample

go 1.26
-- good/good_test.go --
package good

import "testing"

func TestGood(t *testing.T) {
	t.Log("of no interest")
	t.Run("sub", func(t *testing.T) {})
}
-- bad/bad_test.go --
package bad

import "testing"

func TestBad(t *testing.T)  { t.Fatal("the reason") }
func TestFine(t *testing.T) {}
-- panics/panics_test.go --
package panics

import "testing"

func TestPanic(t *testing.T) { panic("the panic") }
-- broken/broken_test.go --
package broken

import "testing"

func TestBroken(t *testing.T) { undefined() }
-- empty/empty.go --
package empty
`

func TestRun(t *testing.T) {
	dir := t.TempDir()
	if err := txtar.Write(txtar.Parse([]byte(sample)), dir); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	t.Setenv("GOFLAGS", "")

	tests := map[string]struct {
		packages string
		passed   bool
		counts   string // what is appended to the counts file
		want     []string
		absent   []string
	}{
		"all pass": {
			packages: "./good", passed: true, counts: "2 0 0\n",
			want:   []string{`(?m)^ok  \tsample/good\t`, `TestGood \(sample/good\)`, `\n2 passed, 0 failed\n$`},
			absent: []string{"of no interest"},
		},
		"one fails": {
			packages: "./...", counts: "3 3 0\n",
			want: []string{
				`the reason`, `(?m)^FAIL\tsample/bad`, `panic: the panic`,
				`undefined: undefined`, `(?m)^FAIL\tsample/broken \[build failed\]`, `\n3 passed, 3 failed\n$`,
			},
			absent: []string{"no test files", "of no interest", "=== RUN"},
		},
		"no such package": {packages: "./absent", counts: "0 1 0\n", want: []string{`absent`}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			counts := filepath.Join(t.TempDir(), "counts")
			var out bytes.Buffer
			passed, err := run(t.Context(), []string{"-counts", counts, tt.packages}, &out)
			if err != nil {
				t.Fatal(err)
			}
			if passed != tt.passed {
				t.Errorf("passed = %v, want %v", passed, tt.passed)
			}
			for _, want := range tt.want {
				if !regexp.MustCompile(want).MatchString(out.String()) {
					t.Errorf("no match for %q", want)
				}
			}
			for _, absent := range tt.absent {
				if strings.Contains(out.String(), absent) {
					t.Errorf("%q was printed", absent)
				}
			}
			if got, _ := os.ReadFile(counts); string(got) != tt.counts {
				t.Errorf("counts = %q, want %q", got, tt.counts)
			}
			if t.Failed() {
				t.Log(out.String())
			}
		})
	}
}
