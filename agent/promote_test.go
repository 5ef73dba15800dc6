package agent

import (
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/spotguides/guide"
)

// at is a source that runs a revision, healthy since noon.
func at(revision string, change ...func(*standing)) standing {
	noon := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	s := standing{settled: &status.Settled{Revision: "main@sha1:" + revision, CommittedAt: noon}, healthy: true, since: noon}
	for _, c := range change {
		c(&s)
	}
	return s
}

func TestDecide(t *testing.T) {
	noon := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	sick := func(s *standing) { s.healthy = false }
	late := func(s *standing) { s.since = noon.Add(time.Minute) }
	old := func(s *standing) { s.settled.CommittedAt = noon.Add(-time.Hour) }
	failed := func(s *standing) { s.healthy, s.failed = false, []string{s.settled.Revision} }
	unread := standing{unread: true}
	runs := status.Promotion{Revision: "main@sha1:a", CommittedAt: noon.Add(-time.Minute), Previous: "main@sha1:0"}
	approval := guide.Promote{From: "staging", Approval: true}
	held := runs
	held.Environment, held.Waiting, held.Message = "staging", "main@sha1:b", "as before"
	for name, test := range map[string]struct {
		rule              guide.Promote
		was               status.Promotion
		sources           []standing
		unknown, starting bool
		pinned            string
		revision, waiting string
		message           string
		due               time.Time
	}{
		"nobody":                {message: "waits for a namespace of environment staging"},
		"not all known":         {sources: []standing{at("b")}, unknown: true, message: "has not settled"},
		"held, and starting":    {rule: approval, was: held, starting: true, sources: []standing{at("b"), {}}, revision: "a", waiting: "b", message: "as before"},
		"held, and none known":  {rule: approval, was: held, starting: true, unknown: true, revision: "a", waiting: "b", message: "as before"},
		"held, and one more":    {rule: approval, was: held, sources: []standing{at("b"), {}}, revision: "a", message: "has not settled"},
		"held, and now known":   {rule: approval, was: held, starting: true, sources: []standing{at("b", sick)}, revision: "a", message: "not healthy"},
		"held by another rule":  {rule: guide.Promote{From: "test", Approval: true}, was: held, starting: true, unknown: true, revision: "a", message: "test has not settled"},
		"started":               {was: runs, starting: true, unknown: true, revision: "a", message: "has not settled"},
		"not settled":           {sources: []standing{at("b"), {}}, message: "has not settled"},
		"cannot read":           {sources: []standing{unread}, message: "cannot read"},
		"who cannot read":       {sources: []standing{unread, at("b")}, revision: "b"},
		"at once":               {sources: []standing{at("b")}, revision: "b"},
		"newer":                 {was: runs, sources: []standing{at("b")}, revision: "b"},
		"the same":              {was: runs, sources: []standing{at("a", sick)}, revision: "a"},
		"sick":                  {was: runs, sources: []standing{at("b", sick)}, revision: "a", message: "main@b is not healthy"},
		"one is sick":           {was: runs, sources: []standing{at("b", sick), at("b")}, revision: "a", message: "1 of the 2"},
		"different":             {was: runs, sources: []standing{at("b"), at("c")}, revision: "a", message: "different revisions"},
		"suspended":             {was: runs, sources: []standing{at("b", func(s *standing) { s.suspended = true })}, revision: "a", message: "suspended"},
		"too soon":              {rule: guide.Promote{From: "staging", After: metav1.Duration{Duration: 2 * time.Hour}}, was: runs, sources: []standing{at("b")}, revision: "a", message: "comes in at 2026-01-01 14:00:00 UTC", due: noon.Add(2 * time.Hour)},
		"the last counts":       {rule: guide.Promote{From: "staging", After: metav1.Duration{Duration: 2 * time.Hour}}, sources: []standing{at("b"), at("b", late)}, message: "comes in", due: noon.Add(2*time.Hour + time.Minute)},
		"older":                 {was: runs, sources: []standing{at("b", old)}, revision: "a", message: "older"},
		"before":                {was: runs, sources: []standing{at("0")}, revision: "a", message: "older"},
		"failed":                {was: runs, sources: []standing{at("a", failed)}, revision: "0", message: "back at main@0"},
		"another failed":        {was: runs, sources: []standing{at("b", failed)}, revision: "a", message: "not healthy"},
		"failed, and approval":  {rule: approval, was: runs, sources: []standing{at("a", failed)}, revision: "a", message: "spotguide rollback -n shop"},
		"failed, never another": {was: status.Promotion{Revision: "main@sha1:a"}, sources: []standing{at("a", failed)}, revision: "a", message: "spotguide rollback"},
		"approval":              {rule: approval, was: runs, sources: []standing{at("b")}, revision: "a", waiting: "b", message: "main@b is healthy in staging since 2026-01-01 12:00:00 UTC, waits for `spotguide promote -n shop`"},
		"pinned":                {was: runs, sources: []standing{at("b")}, pinned: "nobody wants it", revision: "a", message: "but nobody wants it"},
	} {
		if test.rule.From == "" {
			test.rule.From = "staging"
		}
		short := func(r string) string { return strings.TrimPrefix(r, "main@sha1:") }
		p := promotion{namespace: "shop", rule: test.rule, pinned: test.pinned, sources: test.sources, complete: !test.unknown, starting: test.starting}
		next, due := p.decide(noon.Add(time.Hour), test.was)
		message := strings.ReplaceAll(next.Message, "sha1:", "")
		if short(next.Revision) != test.revision || short(next.Waiting) != test.waiting || !due.Equal(test.due) ||
			!strings.Contains(message, test.message) || (test.message == "") != (message == "") {
			t.Errorf("%s: %q, waiting %q, due %s: %s", name, next.Revision, next.Waiting, due, message)
		}
	}
}

func TestOrigin(t *testing.T) {
	for name, test := range map[string]struct {
		origin origin
		bound  binding.Binding
		want   bool
	}{
		"any ref":         {origin{}, binding.Binding{Ref: "x"}, true},
		"its ref":         {origin{fed: true, ref: "main"}, binding.Binding{}, true},
		"the same":        {origin{fed: true, ref: "main"}, binding.Binding{Ref: "main"}, true},
		"another":         {origin{fed: true, ref: "main"}, binding.Binding{Ref: "evil"}, false},
		"promoted":        {origin{fed: true, ref: "main"}, binding.Binding{Promoted: "x"}, false},
		"approved":        {origin{fed: true}, binding.Binding{Promoted: "x"}, true},
		"own ref":         {origin{fed: true}, binding.Binding{Ref: "x"}, false},
		"another folder":  {origin{path: "a"}, binding.Binding{Path: "b"}, false},
		"another address": {origin{repository: "a"}, binding.Binding{Repository: "b"}, false},
	} {
		if test.origin.environment, test.bound.Environment = "staging", "staging"; test.origin.matches(test.bound) != test.want {
			t.Errorf("%s: matches is not %t", name, test.want)
		}
	}
}

// TestRuleInTime looks again at the second at which a revision may come in, and
// has it written down by then.
func TestRuleInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		defer o.queue.ShutDown()
		w := &workshop{bindings: newBindings(slog.New(slog.DiscardHandler)), recorder: o.recorder, metrics: newMetrics(prometheus.NewRegistry()), log: slog.New(slog.DiscardHandler)}
		staging, production := newTenant(w, "staging"), newTenant(w, "shop")
		w.tenants["staging"] = &tenancy{tenant: staging, wanted: binding.Binding{Environment: "staging"}}
		w.fed.complete = true
		staging.ledger.write(func(l *ledger) {
			l.fresh = true
			l.head.Settled = &status.Settled{Revision: "main@sha1:" + strings.Repeat("1", 40)}
			l.apps["cart"] = status.Application{Phase: status.Healthy, ChangedAt: metav1.Now()}
		})
		started := time.Now()
		f := feed{promote: &guide.Promote{From: "staging", After: metav1.Duration{Duration: 10 * time.Minute}}}
		if _, there, err := production.byRule(t.Context(), f); there || err != nil {
			t.Fatalf("followed at once: %v", err)
		}
		<-production.alarm
		ref, there, err := production.byRule(t.Context(), f)
		if took := time.Since(started); !there || err != nil || took != 10*time.Minute || ref.String() != "main@sha1:"+strings.Repeat("1", 40) {
			t.Errorf("after %s %v: %s, %v", took, there, ref, err)
		}
	})
}
