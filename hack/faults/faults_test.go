package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	applisters "k8s.io/client-go/listers/apps/v1"
	"k8s.io/client-go/tools/cache"

	"github.com/spotguide/spotguide/monitor/sla"
	"github.com/spotguide/spotguide/spotguides"
	"github.com/spotguide/spotguide/spotguides/guide"
)

func recorded(numbers ...int) (r record) {
	for i, n := range numbers {
		r = r.note(time.Duration(i)*time.Second, n)
	}
	return r
}

func TestRecord(t *testing.T) {
	for name, test := range map[string]struct {
		numbers         []int
		most, turns, at int
	}{
		"none":           {nil, 0, 0, 0},
		"one":            {[]int{2}, 2, 0, 2},
		"out and in":     {[]int{2, 2, 6, 9, 9, 4, 2}, 9, 1, 2},
		"out only":       {[]int{2, 3, 4}, 4, 0, 4},
		"flapping":       {[]int{2, 8, 7, 8, 2}, 8, 3, 2},
		"the same again": {[]int{5, 5, 5}, 5, 0, 5},
	} {
		t.Run(name, func(t *testing.T) {
			r := recorded(test.numbers...)
			if r.most() != test.most || r.turns() != test.turns || r.at() != test.at {
				t.Errorf("most %d, turns %d, at %d; want %d, %d, %d", r.most(), r.turns(), r.at(), test.most, test.turns, test.at)
			}
		})
	}
	if got := recorded(2, 2, 6).tell(); got != "2 from 0.0s, 6 from 2.0s" {
		t.Error(got)
	}
}

// The agent takes what the pairs tell it, expressions included.
func TestSettingsAreValid(t *testing.T) {
	compiler, err := sla.NewCompiler()
	if err != nil {
		t.Fatal(err)
	}
	all, err := spotguides.All()
	if err != nil {
		t.Fatal(err)
	}
	base := all[slices.IndexFunc(all, func(g *guide.Guide) bool { return g.Application.Name == "manifests" })]
	for name, files := range map[string]map[string]string{"spike": spikeSettings(8080), "leak": leakSettings(8080), "volume": volumeSettings()} {
		folder := fstest.MapFS{}
		for file, text := range files {
			folder[file] = &fstest.MapFile{Data: []byte(text)}
		}
		read, err := guide.Overlay(base, folder)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, err := compiler.Program(read.SLA); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A number that was there already when it is asked for took no time.
func TestRecordAfter(t *testing.T) {
	r := recorded(2, 2, 6, 9, 2, 2)
	for name, test := range map[string]struct {
		from time.Duration
		is   func(int) bool
		want string
	}{
		"later":                       {time.Second, atLeast(6), "1.0 s"},
		"at once":                     {3500 * time.Millisecond, atLeast(9), "0.0 s"},
		"what was before is over":     {3 * time.Second, atMost(2), "1.0 s"},
		"until the end":               {10 * time.Second, atMost(2), "0.0 s"},
		"never":                       {0, atLeast(10), "never while it was watched"},
		"never again":                 {4 * time.Second, atLeast(9), "never while it was watched"},
		"what changes at that moment": {4 * time.Second, atMost(2), "0.0 s"},
	} {
		if got := r.after(test.from, test.is); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

// The load wavers by more than an autoscaler tolerates, and is right on average.
func TestLoadWavers(t *testing.T) {
	sum, away := 0.0, 0.0
	for i := range 5 {
		load := loadAt(100, time.Duration(i)*5*time.Second+time.Second)
		sum, away = sum+load, max(away, load-100, 100-load)
	}
	if sum < 499.9 || sum > 500.1 || away < 10 {
		t.Errorf("%v in all, at most %v from the middle", sum, away)
	}
}

func pod(change func(*corev1.Pod)) *corev1.Pod {
	p := &corev1.Pod{}
	change(p)
	return p
}

func runs(since time.Time, ready bool) *corev1.Pod {
	return pod(func(p *corev1.Pod) {
		p.Status.ContainerStatuses = []corev1.ContainerStatus{{
			Ready: ready, State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(since)}},
		}}
	})
}

func TestMemoryGrowsWhileAProgramRuns(t *testing.T) {
	now := time.Now()
	if got := memory(runs(now.Add(-50*time.Second), true), now); got != 400 {
		t.Errorf("after 50 seconds: %v", got)
	}
	for name, p := range map[string]*corev1.Pod{"a pod that starts": {}, "a program that was killed": runs(now, false)} {
		if got := memory(p, now); got != 0 {
			t.Errorf("%s holds %v", name, got)
		}
	}
	going := runs(now.Add(-150*time.Second), true)
	going.DeletionTimestamp = &metav1.Time{Time: now}
	if got := worst([]*corev1.Pod{runs(now.Add(-10*time.Second), true), going, runs(now, true)}, now); got != 160 {
		t.Errorf("the most is %v; what is being deleted does not count", got)
	}
	// What the proof rests on: the rule has the time that a restart takes.
	if left := (leakLimit - leakActs) / leakGrows; left < leakReplicas*5+20 {
		t.Errorf("%d seconds from the rule to the limit are few for %d pods", left, leakReplicas)
	}
}

func TestReadyAndWaiting(t *testing.T) {
	is := pod(func(p *corev1.Pod) {
		p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue}}
	})
	going := is.DeepCopy()
	going.DeletionTimestamp = &metav1.Time{Time: time.Now()}
	stuck := pod(func(p *corev1.Pod) {
		p.Status.ContainerStatuses = []corev1.ContainerStatus{{State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ContainerCreating"}}}}
	})
	for name, test := range map[string]struct {
		pod          *corev1.Pod
		ready, waits bool
	}{
		"new": {&corev1.Pod{}, false, false}, "ready": {is, true, false}, "deleted": {going, false, false}, "stuck": {stuck, false, true},
	} {
		if ready(test.pod) != test.ready || waits(test.pod) != test.waits {
			t.Errorf("%s: ready %t, waits %t", name, ready(test.pod), waits(test.pod))
		}
	}
}

func TestSkew(t *testing.T) {
	zones := map[string]string{"a": "zone-a", "b": "zone-b", "c": "zone-c"}
	on := func(nodes ...string) (pods []*corev1.Pod) {
		for _, n := range nodes {
			pods = append(pods, pod(func(p *corev1.Pod) { p.Spec.NodeName = n }))
		}
		return pods
	}
	going := on("a", "b", "c", "b", "b")
	going[4].DeletionTimestamp = &metav1.Time{Time: time.Now()}
	for want, pods := range map[int][]*corev1.Pod{0: on("a", "b", "c"), 2: on("a", "a", "b", "b"), 1: going} {
		if got := skew(pods, zones); got != want {
			t.Errorf("skew is %d, want %d", got, want)
		}
	}
}

func TestActionsAreCounted(t *testing.T) {
	done := []sla.Entry{{Rule: "b", Kind: sla.Restart}, {Rule: "a", Kind: sla.Notify}, {Rule: "b", Kind: sla.Restart}}
	if got, want := counted(done), "once notify by rule a, 2 times restart by rule b"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := counted(nil); got != "nothing" {
		t.Error(got)
	}
}

// A fault that fails says so in its timeline, and what it had set up is cleared away
// for the next one, the last first.
func TestAFaultThatFails(t *testing.T) {
	s := &scene{deployments: applisters.NewDeploymentLister(cache.NewIndexer(cache.MetaNamespaceKeyFunc, nil))}
	var cleared []string
	clear := func(what string) func(context.Context) error {
		return func(context.Context) error { cleared = append(cleared, what); return nil }
	}
	got := s.play(t.Context(), fault{do: func(_ context.Context, s *scene) error {
		s.undo = append(s.undo, clear("first"), clear("last"))
		return errors.New("no such luck")
	}})
	if got.failed == nil || len(got.lines) != 1 || !strings.Contains(got.lines[0], "**It failed:** no such luck") {
		t.Errorf("%v, %q", got.failed, got.lines)
	}
	if diff := cmp.Diff([]string{"last", "first"}, cleared); diff != "" || len(s.undo) > 0 {
		t.Errorf("%s%d are left", diff, len(s.undo))
	}
}

// Every fault has its section, one that failed too; what was in the document below
// the mark is gone.
func TestDocument(t *testing.T) {
	file := filepath.Join(t.TempDir(), "faults.md")
	if err := os.WriteFile(file, []byte("# Faults\n\nAbout.\n\n"+begin+"\nold\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	told := []timeline{
		{fault: fault{title: "One", about: "First."}, lines: []string{"0.1s | it began"}, compared: []comparison{{"over after", "1 s", "9 s"}}},
		{fault: fault{title: "Two", about: "Second."}, lines: []string{"0.2s | **It failed:** no"}, failed: errors.New("no")},
	}
	if err := write(options{nodes: 3, apps: 2, replicas: 1, out: file}, told); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, below, _ := strings.Cut(string(raw), "all of it shares.\n")
	want := `
## One

First.

| after | what happened |
|---|---|
| 0.1s | it began |

| | with the agent | Kubernetes alone |
|---|---|---|
| over after | 1 s | 9 s |

## Two

Second.

| after | what happened |
|---|---|
| 0.2s | **It failed:** no |
`
	if diff := cmp.Diff(want, below); diff != "" {
		t.Error(diff)
	}
	if !strings.HasPrefix(string(raw), "# Faults\n\nAbout.\n\n") || strings.Contains(string(raw), "old") {
		t.Errorf("the head or what was old:\n%s", raw)
	}
	if err := os.WriteFile(file, []byte("# Faults\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := write(options{out: file}, told); err == nil {
		t.Error("a document without a mark is written over")
	}
}
