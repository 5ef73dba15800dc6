package check

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func fails(text string) func(context.Context) error {
	return func(context.Context) error { return errors.New(text) }
}

func passes(context.Context) error { return nil }

func TestRun(t *testing.T) {
	categories := []Category{
		{Name: "first", Checks: []Check{
			{Description: "good", Hint: "unused", Run: passes},
			{Description: "dubious", Hint: "look", Warning: true, Run: fails("hm")},
		}},
		{Name: "left out", Skip: func() bool { return true }, Checks: []Check{{Description: "never", Run: fails("x")}}},
		{Name: "second", Checks: []Check{
			{Description: "bad", Hint: "mend", Run: fails("one\ntwo")},
			{Description: "the end", Fatal: true, Run: fails("no")},
			{Description: "not reached", Run: passes},
		}},
		{Name: "not reached", Checks: []Check{{Description: "never", Run: passes}}},
	}
	for name, test := range map[string]struct {
		short bool
		want  string
	}{
		"all": {false, `first
-----
√ good
‼ dubious
    hm
    hint: look

second
------
× bad
    one
    two
    hint: mend
× the end
    no

Status check results are ×
`},
		"short": {true, `first
-----
‼ dubious
    hm
    hint: look

second
------
× bad
    one
    two
    hint: mend
× the end
    no

Status check results are ×
`},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			w := Writer{Out: &out, Short: test.short}
			report := Run(t.Context(), categories, time.Time{}, w.Write)
			w.Verdict(report)
			if diff := cmp.Diff(test.want, out.String()); diff != "" {
				t.Error(diff)
			}
			if report.Success || len(report.Categories) != 2 || len(report.Categories[1].Checks) != 2 {
				t.Errorf("the report is %+v", report)
			}
		})
	}
}

func TestWarningsDoNotFail(t *testing.T) {
	report := Run(t.Context(), []Category{{Checks: []Check{{Warning: true, Run: fails("hm")}}}}, time.Time{}, func(string, Result) {})
	if !report.Success {
		t.Error("a warning fails")
	}
}

// What fails is tried again until the deadline, and no longer.
func TestTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began, tries := time.Now(), 0
		late := Check{Run: func(context.Context) error {
			tries++
			if time.Since(began) < 5*time.Second {
				return errors.New("not yet")
			}
			return nil
		}}
		if err := late.try(t.Context(), began.Add(time.Minute)); err != nil || tries != 6 {
			t.Errorf("%d tries and %v", tries, err)
		}
		if err := (Check{Run: fails("never")}).try(t.Context(), time.Now().Add(time.Minute)); err == nil {
			t.Error("no error")
		}
		if took := time.Since(began); took < time.Minute || took > 2*time.Minute {
			t.Errorf("it took %s", took)
		}
	})
}

func TestSlowChecksAreCutShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := Check{Run: func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		}}
		if err := slow.try(t.Context(), time.Time{}); err == nil || !strings.Contains(err.Error(), "no answer within 10s") {
			t.Errorf("the error is %v", err)
		}
	})
}

func TestNewEnough(t *testing.T) {
	for version, want := range map[string]bool{
		"v1.30.0": true, "v1.36.3+k3s1": true, "v1.30.2-eks-abc": true, "v2.0.0": true,
		"v1.29.9": false, "nonsense": false,
	} {
		if err := newEnough(version); (err == nil) != want {
			t.Errorf("%s: %v", version, err)
		}
	}
}
