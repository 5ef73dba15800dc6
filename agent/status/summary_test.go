package status

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSummarise(t *testing.T) {
	app := func(name string, p Phase, message string) Application {
		return Application{Name: name, Phase: p, Message: message}
	}
	for name, test := range map[string]struct {
		apps    []Application
		phase   Phase
		message string
	}{
		"one":          {[]Application{app("a", Failed, "x\ny\nz")}, Failed, "x\ny\nz"},
		"healthy":      {[]Application{app("a", Healthy, "m"), app("b", Healthy, "n")}, Healthy, "2 applications healthy"},
		"worst":        {[]Application{app("a", Held, "m"), app("b", Degraded, "n\no")}, Degraded, "b: n (and 1 more)"},
		"equally bad":  {[]Application{app("a", Failed, "m"), app("b", Failed, "n"), app("c", Healthy, "")}, Failed, "a: m; also Failed: b"},
		"many as bad":  {[]Application{app("a", Held, "m"), app("b", Held, ""), app("c", Held, ""), app("d", Held, ""), app("e", Held, ""), app("f", Held, ""), app("g", Held, ""), app("h", Held, "")}, Held, "a: m; also Held: b, c, d, e, f and 2 more"},
		"none so far":  {nil, Pending, ""},
		"out of order": {[]Application{app("b", Failed, "n"), app("a", Failed, "m")}, Failed, "a: m; also Failed: b"},
	} {
		s := Status{Applications: test.apps}
		s.Summarise()
		if diff := cmp.Diff([]string{string(test.phase), test.message}, []string{string(s.Phase), s.Message}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if own := s.Own(); own != (len(test.apps) == 0) {
			t.Errorf("%s: the namespace has something of its own to say: %t", name, own)
		}
	}
}

func TestOwn(t *testing.T) {
	s := Status{Phase: Failed, Message: "the repository is gone", Applications: []Application{{Name: "a", Phase: Healthy}}}
	s.Summarise()
	if !s.Own() || s.Message != "the repository is gone" {
		t.Errorf("it says %q", s.Message)
	}
}

// TestWaitingForAPerson is told unless something is worse.
func TestWaitingForAPerson(t *testing.T) {
	for phase, want := range map[Phase]Phase{Healthy: Held, Progressing: Held, Degraded: Degraded, "": Held} {
		s := Status{Promotion: &Promotion{Waiting: "main@sha1:1", Message: "it waits"}}
		if phase != "" {
			s.Applications = []Application{{Name: "a", Phase: phase, Message: "m"}}
		}
		s.Summarise()
		if s.Phase != want || (want == Held) != (s.Message == "it waits") {
			t.Errorf("%s: %s, %s", phase, s.Phase, s.Message)
		}
	}
}
