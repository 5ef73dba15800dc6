package monitor_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spotguide/spotguide/monitor"
	"github.com/spotguide/spotguide/monitor/observe"
	"github.com/spotguide/spotguide/monitor/sla"
	"github.com/spotguide/spotguide/spotguides/guide"
)

// scene is an application that the test changes; it plays observer and carrier.
type scene struct {
	seen    guide.Observation
	unknown bool
	carried []sla.Action
	broken  error
}

func (s *scene) Observe(now time.Time, _ observe.Target) (guide.Observation, bool) {
	s.seen.Time = now
	return s.seen, !s.unknown
}

func (s *scene) Carry(_ context.Context, a sla.Action) (string, error) {
	s.carried = append(s.carried, a)
	return "evicted", s.broken
}

// newScene has one Deployment of two with one pod in a crash loop.
func newScene() *scene {
	return &scene{seen: guide.Observation{
		Application: "shop", Namespace: "shop", Revision: "r1",
		Rollout:    &guide.RolloutSeen{LastHealthy: "r1"},
		Components: []guide.Workload{{Kind: "Deployment", Namespace: "shop", Name: "web", Desired: 2, Ready: 1, Updated: 2, Observed: true}},
		Pods: []guide.Pod{
			{Namespace: "shop", Name: "web-1", UID: "1", Component: "web", ComponentKind: "Deployment", Ready: true},
			{Namespace: "shop", Name: "web-2", UID: "2", Component: "web", ComponentKind: "Deployment", CrashLooping: true},
		},
	}}
}

func builtIn(t *testing.T) *sla.Program {
	t.Helper()
	c, err := sla.NewCompiler()
	if err != nil {
		t.Fatal(err)
	}
	p, err := c.Compile(sla.Rules(guide.SLA{}))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func mustStep(t *testing.T, l *monitor.Loop, p *sla.Program) monitor.Step {
	t.Helper()
	step, known := l.Step(time.Now(), p, observe.Target{})
	if !known {
		t.Fatal("nothing is known")
	}
	return step
}

// sleepUntil lets the clock of the bubble run to when the step wants to wake.
func sleepUntil(t *testing.T, step monitor.Step) {
	t.Helper()
	if step.Wake.IsZero() {
		t.Fatal("does not wake")
	}
	time.Sleep(time.Until(step.Wake))
}

func TestLoopActsWhenItWakes(t *testing.T) {
	p := builtIn(t)
	synctest.Test(t, func(t *testing.T) {
		s := newScene()
		l := monitor.New(s, s, nil, sla.State{})
		start := time.Now()
		var step monitor.Step
		for step = mustStep(t, l, p); len(step.Actions) == 0; step = mustStep(t, l, p) {
			sleepUntil(t, step)
		}
		if took := time.Since(start); took != 2*time.Minute {
			t.Errorf("acts after %s", took)
		}
		if !step.Save {
			t.Error("acts without asking to save first")
		}
		if _, err := l.Carry(t.Context(), step.Actions[0]); err != nil {
			t.Fatal(err)
		}

		// The same state in another agent does not act again.
		again, _ := monitor.New(s, s, nil, step.State).Step(time.Now(), p, observe.Target{})
		if len(again.Actions) != 0 {
			t.Errorf("acts twice: %+v", again.Actions)
		}

		// The pod is replaced: the action helped.
		s.seen.Pods = s.seen.Pods[:1]
		s.seen.Components[0].Ready = 2
		step = mustStep(t, l, p)
		if len(step.Trials) != 0 {
			t.Errorf("concludes before anything can have been seen: %+v", step.Trials)
		}
		sleepUntil(t, step)
		step = mustStep(t, l, p)
		if len(step.Trials) != 1 || !step.Trials[0].Helped || step.Trials[0].Before != 1 || step.Trials[0].After != 2 {
			t.Errorf("trials: %+v", step.Trials)
		}
	})
}

func TestLoopTellsWhatDidNotHelp(t *testing.T) {
	p := builtIn(t)
	synctest.Test(t, func(t *testing.T) {
		s := newScene()
		l := monitor.New(s, s, nil, sla.State{})
		start := time.Now()
		var acted time.Duration
		for {
			step := mustStep(t, l, p)
			for _, a := range step.Actions {
				acted = time.Since(start)
				if _, err := l.Carry(t.Context(), a); err != nil {
					t.Fatal(err)
				}
			}
			if len(step.Trials) > 0 {
				if step.Trials[0].Helped || step.Trials[0].After != 1 || step.Trials[0].Desired != 2 {
					t.Errorf("trial: %+v", step.Trials[0])
				}
				break
			}
			sleepUntil(t, step)
		}
		if took := time.Since(start); took != 7*time.Minute || acted < 2*time.Minute {
			t.Errorf("acted after %s and knew after %s", acted, took)
		}
	})
}

func TestLoopSavesTimersLazily(t *testing.T) {
	p := builtIn(t)
	synctest.Test(t, func(t *testing.T) {
		s := newScene()
		l := monitor.New(s, s, nil, sla.State{})
		saves := 0
		for range 60 { // a pod that comes and goes, once a second
			s.seen.Pods[1].CrashLooping = !s.seen.Pods[1].CrashLooping
			if mustStep(t, l, p).Save {
				saves++
			}
			time.Sleep(time.Second)
		}
		if saves > 2 {
			t.Errorf("%d saves in a minute", saves)
		}
		s.seen.Pods[1].CrashLooping = true
		for range 3 {
			step := mustStep(t, l, p)
			if step.Save {
				return
			}
			sleepUntil(t, step)
		}
		t.Error("a timer was never saved")
	})
}

// What could not be written down was not done, so it is decided again.
func TestLoopUndoesWhatCouldNotBeSaved(t *testing.T) {
	p := builtIn(t)
	s := newScene()
	s.seen.Revision, s.seen.Rollout.Failed = "r2", true
	l := monitor.New(s, s, nil, sla.State{})
	now := time.Now()
	for range 2 {
		step, _ := l.Step(now, p, observe.Target{})
		if len(step.Actions) != 1 || step.Actions[0].Kind != sla.Rollback || !step.Save {
			t.Fatalf("save %t, actions %+v, pending %+v", step.Save, step.Actions, step.Pending)
		}
		l.Undo()
	}
}

func TestLoopDoesNothingWhileNothingIsKnown(t *testing.T) {
	s := newScene()
	s.unknown = true
	if step, known := monitor.New(s, s, nil, sla.State{}).Step(time.Now(), builtIn(t), observe.Target{}); known || step.Acted {
		t.Errorf("known %t, step %+v", known, step)
	}
}

func TestLoopReportsFailedRemedies(t *testing.T) {
	p := builtIn(t)
	s := newScene()
	s.broken = errors.New("no connection")
	l := monitor.New(s, s, nil, sla.State{})
	now := time.Now()
	if _, known := l.Step(now, p, observe.Target{}); !known {
		t.Fatal("nothing is known")
	}
	now = now.Add(3 * time.Minute)
	step, _ := l.Step(now, p, observe.Target{})
	if _, err := l.Carry(t.Context(), step.Actions[0]); !errors.Is(err, s.broken) {
		t.Errorf("got %v", err)
	}
	// It counts: the next attempt waits for the cooldown, and nothing is on trial.
	now = now.Add(helpsWithinAndMore)
	step, _ = l.Step(now, p, observe.Target{})
	if len(step.Actions) != 1 || len(step.Trials) != 0 {
		t.Errorf("actions %+v, trials %+v", step.Actions, step.Trials)
	}
}

const helpsWithinAndMore = 6 * time.Minute
