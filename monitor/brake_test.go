package monitor_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/spotguide/spotguide/monitor"
	"github.com/spotguide/spotguide/monitor/observe"
	"github.com/spotguide/spotguide/monitor/sla"
	"github.com/spotguide/spotguide/spotguides/guide"
)

// fleet is so many applications of one workload under one brake.
type fleet struct {
	*testing.T
	program *sla.Program
	scenes  []*scene
	loops   []*monitor.Loop
}

func newFleet(t *testing.T, n int) *fleet {
	f := &fleet{T: t, program: builtIn(t)}
	brake := monitor.NewBrake()
	for i := range n {
		s := newScene()
		s.seen.Application = fmt.Sprint("app-", i)
		s.seen.Components[0].Ready = 2
		f.scenes = append(f.scenes, s)
		f.loops = append(f.loops, monitor.New(s, s, brake, sla.State{}))
	}
	return f
}

// step steps all loops and counts what they did and what the brake held back.
func (f *fleet) step(now time.Time) (acted, held int) {
	for _, l := range f.loops {
		step, _ := l.Step(now, f.program, observe.Target{})
		acted += len(step.Actions)
		for _, p := range step.Pending {
			if p.Hold == sla.HoldBrake {
				held++
			}
		}
	}
	return acted, held
}

func (f *fleet) fail(n int) {
	for i, s := range f.scenes {
		s.seen.Components[0].Ready = 2
		s.seen.Pods[0].Ready, s.seen.Pods[1].CrashLooping = true, false
		if i < n {
			s.seen.Components[0].Ready = 0
			s.seen.Pods[0].Ready, s.seen.Pods[1].CrashLooping = false, true
		}
	}
}

func TestBrakeHoldsWhileTooMuchFails(t *testing.T) {
	for name, tt := range map[string]struct {
		apps, failing int
		held          bool
	}{
		"two fifths":           {30, 12, true},
		"fewer":                {30, 11, false},
		"most of a few":        {9, 9, false},
		"the least that count": {10, 10, true},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFleet(t, tt.apps)
			now := time.Now()
			f.fail(tt.failing)
			f.step(now)
			f.step(now.Add(time.Minute))
			acted, held := f.step(now.Add(2 * time.Minute)) // crash-loop is due
			if tt.held && (acted > 0 || held != tt.failing) || !tt.held && (acted != tt.failing || held > 0) {
				t.Errorf("%d acted, %d held back", acted, held)
			}
		})
	}
}

func TestBrakeHoldsForAWhileAfter(t *testing.T) {
	f := newFleet(t, 20)
	now := time.Now()
	at := func(d time.Duration) (int, int) { return f.step(now.Add(d)) }
	f.fail(20)
	at(0)
	at(time.Minute)
	f.fail(1)
	at(2 * time.Minute) // the fleet's last loops see that it is over
	at(2*time.Minute + time.Second)
	if acted, held := at(6*time.Minute + 59*time.Second); acted != 0 || held != 1 {
		t.Errorf("%d acted, %d held within five minutes after", acted, held)
	}
	if acted, held := at(7*time.Minute + 10*time.Second); acted != 1 || held != 0 {
		t.Errorf("%d acted, %d held later", acted, held)
	}
}

// What was never healthy, is only just down, or is not looked after any more does
// not count.
func TestBrakeCountsOnlyWhatFellDown(t *testing.T) {
	f := newFleet(t, 20)
	now := time.Now()
	f.fail(20)
	for _, s := range f.scenes {
		s.seen.Rollout = &guide.RolloutSeen{LastHealthy: "older"}
	}
	for i := range f.scenes[:8] {
		f.scenes[i].seen.Rollout.LastHealthy = "r1"
	}
	f.step(now)
	f.step(now.Add(time.Minute))
	if acted, held := f.step(now.Add(2 * time.Minute)); acted != 8 || held != 0 {
		t.Errorf("revisions that never were healthy count: %d acted, %d held", acted, held)
	}
	f = newFleet(t, 20)
	f.fail(20)
	for _, l := range f.loops[:15] {
		l.Step(now, f.program, observe.Target{})
		l.Step(now.Add(time.Minute), f.program, observe.Target{})
		l.Close()
	}
	f.loops = f.loops[15:]
	f.step(now)
	if acted, held := f.step(now.Add(10 * time.Minute)); acted != 5 || held != 0 {
		t.Errorf("loops that have ended count: %d acted, %d held", acted, held)
	}
}

func TestBrakeSaysWhy(t *testing.T) {
	f := newFleet(t, 10)
	now := time.Now()
	f.fail(10)
	f.step(now)
	f.step(now.Add(time.Minute))
	step, _ := f.loops[0].Step(now.Add(2*time.Minute), f.program, observe.Target{})
	for _, p := range step.Pending {
		if p.Hold == sla.HoldBrake && strings.Contains(p.Message, "10 of 10 workloads fail at once") {
			return
		}
	}
	t.Errorf("pending %+v", step.Pending)
}

// The journal tells what was done and what came of it, and is saved.
func TestLoopKeepsAJournal(t *testing.T) {
	s := newScene()
	l := monitor.New(s, s, nil, sla.State{})
	p := builtIn(t)
	now := time.Now()
	l.Step(now, p, observe.Target{})
	now = now.Add(2 * time.Minute)
	step, _ := l.Step(now, p, observe.Target{})
	if _, err := l.Carry(t.Context(), step.Actions[0]); err != nil {
		t.Fatal(err)
	}
	if got := step.State.Journal; len(got) != 1 || got[0].Outcome != "" || got[0].Rule != "crash-loop" {
		t.Errorf("before it is carried out: %+v", got)
	}
	now = now.Add(time.Minute)
	step, _ = l.Step(now, p, observe.Target{})
	if got := step.State.Journal[0].Outcome; got != "evicted" {
		t.Errorf("after: %q", got)
	}
	s.seen.Pods[1].CrashLooping, s.seen.Components[0].Ready = false, 2
	now = now.Add(time.Minute)
	step, _ = l.Step(now, p, observe.Target{})
	if got := step.State.Journal[0].Outcome; got != "evicted; helped, 2 of 2 ready" || !step.Save {
		t.Errorf("at the end: %q, save %t", got, step.Save)
	}
}
