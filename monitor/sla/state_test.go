package sla_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/spotguide/spotguide/monitor/sla"
	"github.com/spotguide/spotguide/spotguides/guide"
)

var noon = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)

// crashing is an application with one pod in a crash loop.
func crashing() guide.Observation {
	o := healthy("app", 1)
	o.Pods[0].CrashLooping, o.Pods[0].Ready = true, false
	o.Components[0].Ready = 0
	return o
}

func builtIn(t testing.TB) *sla.Program {
	t.Helper()
	p, err := newCompiler(t).Compile(sla.Rules(guide.SLA{}))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestStateIsSmallJSON(t *testing.T) {
	p := builtIn(t)
	d := sla.Decide(noon, p, sla.State{}, crashing())
	d = sla.Decide(noon.Add(2*time.Minute), p, d.State, crashing())
	got, err := json.Marshal(d.State)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"holding":{"crash-loop":{"app-0@0":"2026-01-01T12:02:00Z"}},` +
		`"acted":{"crash-loop":{"Deployment/app":["2026-01-01T12:02:00Z"]}},` +
		`"touched":"2026-01-01T12:02:00Z",` +
		`"episodes":{"crash-loop":{"Deployment/app":{"attempts":1}}},` +
		`"journal":[{"at":"2026-01-01T12:02:00Z","rule":"crash-loop","kind":"reschedule","target":"Pod/app-0",` +
		`"reason":"it.crashLooping=true, rollout.lastHealthy=main@sha1:1, revision=main@sha1:1 for 2m0s"}],` +
		`"rules":["failed-rollout","crashing-rollout","node-off","node-lost","replica-floor","crash-loop","stuck-pod","stuck-volume","not-ready","rebalance","cannot-start","stuck-terminating"]}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
}

func TestStateForgets(t *testing.T) {
	p := builtIn(t)
	tests := map[string]struct {
		state sla.State
		want  sla.State
	}{
		"timers of targets that are gone": {
			sla.State{Holding: map[string]map[string]time.Time{"crash-loop": {"old@0": noon}}},
			sla.State{Holding: map[string]map[string]time.Time{}},
		},
		"timers of rules that are gone": {
			sla.State{Holding: map[string]map[string]time.Time{"old": {"app-0@0": noon}}},
			sla.State{Holding: map[string]map[string]time.Time{}},
		},
		"actions of rules that are gone": {
			sla.State{Acted: map[string]map[string][]time.Time{"old": {"Deployment/app": {noon}}}},
			sla.State{Acted: map[string]map[string][]time.Time{}},
		},
		"actions that no budget counts any more, but not those of gone targets": {
			sla.State{Acted: map[string]map[string][]time.Time{"crash-loop": {
				"Deployment/app": {noon.Add(-time.Hour), noon.Add(-time.Minute)},
				"Deployment/old": {noon.Add(-time.Minute)},
			}}},
			sla.State{Acted: map[string]map[string][]time.Time{"crash-loop": {
				"Deployment/app": {noon.Add(-time.Minute)},
				"Deployment/old": {noon.Add(-time.Minute)},
			}}},
		},
		"nothing of a target that is not known": {
			sla.State{Holding: map[string]map[string]time.Time{"crash-loop": {"app-0@0": noon}}},
			sla.State{Holding: map[string]map[string]time.Time{"crash-loop": {"app-0@0": noon}}},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			o := crashing()
			o.Rollout = nil
			got := sla.Decide(noon, p, tt.state, o).State
			got.Rules, got.Pending = nil, nil
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A clock that was years ahead must not silence the rules for years.
func TestStateFromTheFuture(t *testing.T) {
	future := noon.AddDate(10, 0, 0)
	s := sla.State{
		Holding: map[string]map[string]time.Time{"crash-loop": {"app-0@0": future}},
		Acted:   map[string]map[string][]time.Time{"crash-loop": {"Deployment/app": {future}}},
		Touched: future,
	}
	d := sla.Decide(noon, builtIn(t), s, crashing())
	if want := noon.Add(2 * time.Minute); d.Wake != want {
		t.Errorf("wakes at %s, want %s", d.Wake, want)
	}
	d = sla.Decide(noon.Add(5*time.Minute), builtIn(t), d.State, crashing())
	if len(d.Actions) != 1 {
		t.Errorf("does not act after the cooldown: %+v", d.Pending)
	}
}

func TestReasonTellsWhatWasSeen(t *testing.T) {
	p := builtIn(t)
	d := sla.Decide(noon, p, sla.State{}, crashing())
	d = sla.Decide(noon.Add(3*time.Minute), p, d.State, crashing())
	want := []sla.Action{{
		Kind: sla.Reschedule, Target: sla.Target{Kind: "Pod", Namespace: "app", Name: "app-0", UID: "0"}, Rule: "crash-loop",
		Reason: "it.crashLooping=true, rollout.lastHealthy=main@sha1:1, revision=main@sha1:1 for 3m0s",
	}}
	if diff := cmp.Diff(want, d.Actions); diff != "" {
		t.Error(diff)
	}
}
