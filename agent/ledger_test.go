package agent

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/sync/inventory"
)

func record(revision string) *inventory.Record { return &inventory.Record{Revision: revision} }

func reasons(events []corev1.Event) []string {
	var all []string
	for _, e := range events {
		all = append(all, e.Reason)
	}
	return all
}

func TestLedgerHandsOverOnce(t *testing.T) {
	l := newLedger("shop")
	l.write(func(l *ledger) {
		l.head.Repository = "https://example.com/shop.git"
		l.apps["b"] = status.Application{Name: "b", Phase: status.Healthy}
		l.apps["a"] = status.Application{Name: "a", Phase: status.Failed, Message: "broken"}
		l.records["a"], l.states["a"] = record("one"), json.RawMessage(`{}`)
		l.events = append(l.events, newEvent("shop", warning, "SyncFailed", "broken"))
	})
	d := l.take()
	if d.status.Phase != status.Failed || d.status.Repository == "" || len(d.status.Applications) != 2 || d.status.Applications[0].Name != "a" {
		t.Errorf("the status is %+v", d.status)
	}
	if len(d.records) != 1 || len(d.states) != 1 || len(d.events) != 1 {
		t.Errorf("taken %+v", d)
	}
	again := l.take()
	if len(again.records)+len(again.states)+len(again.events) != 0 {
		t.Errorf("handed over twice: %+v", again)
	}
	if diff := cmp.Diff(d.status, again.status); diff != "" {
		t.Errorf("the status is not what it was (-first +second):\n%s", diff)
	}
}

// TestLedgerGiveBack: what could not be written is due again, but what came
// meanwhile wins, a deletion as well.
func TestLedgerGiveBack(t *testing.T) {
	l := newLedger("shop")
	l.write(func(l *ledger) {
		for _, app := range []string{"same", "replaced", "deleted"} {
			l.records[app], l.states[app] = record("old"), json.RawMessage(`"old"`)
		}
		l.records["goes"], l.states["goes"] = nil, nil
		l.events = []corev1.Event{{Reason: "First"}, {Reason: "Second"}}
	})
	d := l.take()
	l.write(func(l *ledger) {
		l.records["replaced"], l.states["replaced"] = record("new"), json.RawMessage(`"new"`)
		l.records["deleted"], l.states["deleted"] = nil, nil
		l.events = append(l.events, corev1.Event{Reason: "Third"})
	})
	l.giveBack(d)

	d = l.take()
	wantRecords := map[string]*inventory.Record{"same": record("old"), "replaced": record("new"), "deleted": nil, "goes": nil}
	if diff := cmp.Diff(wantRecords, d.records); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	wantStates := map[string]json.RawMessage{"same": json.RawMessage(`"old"`), "replaced": json.RawMessage(`"new"`), "deleted": nil, "goes": nil}
	if diff := cmp.Diff(wantStates, d.states); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"First", "Second", "Third"}, reasons(d.events)); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
}

func TestLedgerWithdraw(t *testing.T) {
	l := newLedger("shop")
	l.write(func(l *ledger) { l.records["a"], l.records["b"] = record("a"), record("b") })
	if got := l.withdraw("a"); got == nil || got.Revision != "a" {
		t.Errorf("withdrew %+v", got)
	}
	if got := l.withdraw("a"); got != nil {
		t.Errorf("withdrew it twice: %+v", got)
	}
	if diff := cmp.Diff(map[string]*inventory.Record{"b": record("b")}, l.take().records); diff != "" {
		t.Errorf("still due (-want +got):\n%s", diff)
	}
}

func TestLedgerPhase(t *testing.T) {
	l := newLedger("shop")
	l.write(func(l *ledger) {
		l.apps["a"] = status.Application{Name: "a", Phase: status.Healthy}
		l.apps["b"] = status.Application{Name: "b", Phase: status.Progressing}
	})
	for app, want := range map[string]status.Phase{"a": status.Healthy, "b": status.Progressing, "": status.Progressing, "c": ""} {
		if got := l.phase(app); got != want {
			t.Errorf("phase of %q is %s, want %s", app, got, want)
		}
	}
	l.write(func(l *ledger) { l.head.Phase = status.Failed })
	if got := l.phase(""); got != status.Failed {
		t.Errorf("the namespace's own failure counts for nothing: %s", got)
	}
}
