package agent

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/sync/drift"
	"github.com/spotguide/spotguide/sync/inventory"
)

// TestContest: corrections go on until five in ten seconds show that somebody
// insists, and go on again after a minute.
func TestContest(t *testing.T) {
	const s = time.Second
	for name, test := range map[string]struct {
		at   []time.Duration // when a correction is due
		want []time.Duration // how long it has to wait instead
	}{
		"now and then": {
			[]time.Duration{0, 3 * s, 6 * s, 9 * s, 12 * s, 15 * s, 18 * s},
			make([]time.Duration, 7),
		},
		"again and again": {
			[]time.Duration{0, s, 2 * s, 3 * s, 4 * s, 5 * s, 34 * s, 63 * s},
			[]time.Duration{0, 0, 0, 0, 0, 59 * s, 30 * s, s},
		},
		"after the pause": {
			[]time.Duration{0, 0, 0, 0, 0, s, 60 * s, 61 * s, 62 * s, 63 * s, 64 * s, 65 * s},
			[]time.Duration{0, 0, 0, 0, 0, 59 * s, 0, 0, 0, 0, 0, 59 * s},
		},
		"just slow enough": {
			[]time.Duration{0, 0, 0, 0, 10 * s, 10 * s},
			make([]time.Duration, 6),
		},
	} {
		m, start := &driftMemory{}, time.Now()
		var got []time.Duration
		for _, at := range test.at {
			got = append(got, m.contest(inventory.Ref{Name: "insisted-on"}, start.Add(at)))
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// TestContestForgets: an application that is corrected for years keeps only what
// it needs.
func TestContestForgets(t *testing.T) {
	m, ref, now := &driftMemory{}, inventory.Ref{Name: "often"}, time.Now()
	for i := range 1000 {
		now = now.Add(5 * time.Second)
		m.contest(ref, now)
		m.contest(inventory.Ref{Name: fmt.Sprint("once ", i)}, now)
		m.keep(nil, now)
	}
	if len(m.corrections[ref]) > contested || len(m.corrections) > 20 {
		t.Errorf("%d corrections of %d objects are remembered", len(m.corrections[ref]), len(m.corrections))
	}
}

// TestContestIsOneObjects: many objects that are corrected once are no contest.
func TestContestIsOneObjects(t *testing.T) {
	m, now := &driftMemory{}, time.Now()
	for i := range 20 {
		if left := m.contest(inventory.Ref{Name: fmt.Sprint(i)}, now); left != 0 {
			t.Errorf("object %d has to wait %s", i, left)
		}
	}
}

// TestDriftNews: what is told once is told again only after it was over.
func TestDriftNews(t *testing.T) {
	m, a, b := &driftMemory{}, inventory.Ref{Name: "a"}, inventory.Ref{Name: "b"}
	both := []drift.Report{{Ref: a}, {Ref: b}}
	for i, want := range []bool{true, false, false} {
		m.keep(both, time.Now())
		if m.news(a, "changed") != want || m.news(b, "changed") != want {
			t.Errorf("look %d: not %t", i, want)
		}
	}
	if !m.news(a, "deleted") {
		t.Error("something else was kept back")
	}
	m.keep(both[:1], time.Now()) // b is as it should be
	m.keep(both, time.Now())
	if m.news(a, "deleted") || !m.news(b, "changed") {
		t.Error("what was over and came again is news, and nothing else")
	}
}

func TestDriftMode(t *testing.T) {
	for _, test := range []struct {
		namespace binding.DriftMode
		object    string
		want      binding.DriftMode
	}{
		{binding.DriftCorrect, "", binding.DriftCorrect},
		{binding.DriftCorrect, "ignore", binding.DriftIgnore},
		{binding.DriftIgnore, "", binding.DriftIgnore},
		{binding.DriftIgnore, "correct", binding.DriftCorrect},
		{binding.DriftWarn, "ignore", binding.DriftIgnore},
	} {
		a := &application{}
		a.applied.binding.Drift = test.namespace
		if got := a.driftMode(drift.Report{Mode: test.object}); got != test.want {
			t.Errorf("%s, the object %q: %s, want %s", test.namespace, test.object, got, test.want)
		}
	}
}

func TestDescribe(t *testing.T) {
	ref := inventory.Ref{Version: "v1", Kind: "ConfigMap", Namespace: "shop", Name: "cart"}
	for want, report := range map[string]drift.Report{
		"ConfigMap shop/cart was deleted":                         {Ref: ref, Kind: drift.Deleted},
		"ConfigMap shop/cart was changed by somebody":             {Ref: ref, Kind: drift.Changed},
		"ConfigMap shop/cart was changed by kubectl-edit: .a, .b": {Ref: ref, Kind: drift.Changed, Hands: []drift.Hand{{Manager: "kubectl-edit"}, {Manager: "helm"}}, Fields: []string{".a", ".b"}},
		"ConfigMap shop/cart was changed by kubectl-edit":         {Ref: ref, Kind: drift.Changed, Hands: []drift.Hand{{Manager: "kubectl-edit"}}},
	} {
		if got := describe(report); got != want {
			t.Errorf("described as %q, want %q", got, want)
		}
	}
}
