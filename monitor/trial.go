package monitor

import (
	"fmt"
	"time"

	"github.com/spotguide/spotguide/monitor/sla"
	"github.com/spotguide/spotguide/spotguides/guide"
)

// helpsWithin is how long an action has to show that it helped.
const helpsWithin = 5 * time.Minute

// Trial is an action that touched a workload, and how that fared.
type Trial struct {
	Action sla.Action
	At     time.Time
	// Before and After are the workload's ready pods when the action was decided
	// and when the trial ended; Desired is how many there should be then.
	Before, After, Desired int32
	// Helped: all that should be are ready, of the newest template.
	Helped bool

	workload sla.Target
	done     string
}

// outcome is what the journal says.
func (t Trial) outcome() string {
	if t.Helped {
		return fmt.Sprintf("%s; helped, %d of %d ready", t.done, t.After, t.Desired)
	}
	return fmt.Sprintf("%s; did not help, %d of %d ready", t.done, t.After, t.Desired)
}

// try begins a trial of an action that was carried out.
func (l *Loop) try(a sla.Action, done string) {
	w := l.workload(a.Target)
	if a.DryRun || a.Kind == sla.Notify || a.Rule == sla.RuleAutoscaling || w == nil {
		return
	}
	l.trials = append(l.trials, Trial{
		Action: a, At: l.seen.Time, Before: w.Ready, done: done,
		workload: sla.Target{Kind: w.Kind, Namespace: w.Namespace, Name: w.Name},
	})
}

// conclude ends the trials of workloads that are well, and those whose time is
// up. What an action did is not seen at once, so none ends before Pace.
func (l *Loop) conclude(now time.Time, step *Step) {
	var open []Trial
	for _, t := range l.trials {
		w := l.workload(t.workload)
		if w != nil {
			t.After, t.Desired = w.Ready, w.Desired
			t.Helped = w.Observed && w.Ready >= w.Desired && w.Updated >= w.Desired && w.Desired >= w.Floor
		}
		end := t.At.Add(helpsWithin)
		if t.Helped {
			end = t.At.Add(sla.Pace)
		}
		if end.After(now) {
			open = append(open, t)
			step.Wake = earlier(step.Wake, end)
			continue
		}
		step.Trials = append(step.Trials, t)
		l.Note(t.Action, t.outcome())
	}
	l.trials = open
}

// workload finds the target, or the owner of a pod, among what was seen.
func (l *Loop) workload(t sla.Target) *guide.Workload {
	for _, p := range l.seen.Pods {
		if t.Kind == "Pod" && p.Namespace == t.Namespace && p.Name == t.Name {
			t = sla.Target{Kind: p.ComponentKind, Namespace: p.Namespace, Name: p.Component}
			break
		}
	}
	for i := range l.seen.Components {
		w := &l.seen.Components[i]
		if w.Kind == t.Kind && w.Name == t.Name && w.Namespace == t.Namespace {
			return w
		}
	}
	return nil
}
