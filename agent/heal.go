package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/monitor/observe"
	"github.com/spotguide/spotguide/monitor/sla"
	"github.com/spotguide/spotguide/sync/inventory"
)

// heal lets the monitor look at the application and carries out what its rules
// ask for. What is about to be done is written down first, so that no restart
// does it twice.
func (a *application) heal(ctx context.Context) {
	if a.applied.program == nil {
		return
	}
	now := time.Now()
	observation, known := a.observer.Observe(now.UTC(), a.target())
	if !known {
		return // an event wakes us once it is
	}
	decision := sla.Decide(now, a.applied.program, a.state, observation)
	a.remember(decision.State)
	if decision.Acted {
		if err := a.recorder.flush(ctx, a.tenant.ledger); err != nil {
			a.log.Warn("remedy put off, for its record could not be written", "error", err)
			a.again(time.Second)
			return
		}
	}
	for _, action := range decision.Actions {
		a.act(ctx, action)
	}
	if !decision.Wake.IsZero() {
		a.again(time.Until(decision.Wake))
	}
	a.again(a.applied.guide.Monitor.Interval.Duration)
}

// target tells the monitor what belongs to the application.
func (a *application) target() observe.Target {
	t := observe.Target{
		Namespace: a.owner.Namespace, Application: a.owner.Application,
		Revision: a.view.Revision, Rollout: a.rollout(),
	}
	for _, e := range a.record.Committed {
		if !workload(e.Ref) {
			continue
		}
		resilience, _ := a.applied.guide.SLA.ResilienceOf(e.Name)
		t.Workloads = append(t.Workloads, observe.Workload{
			Ref: observe.Ref{Kind: e.Kind, Name: e.Name}, Namespace: e.Namespace, Floor: resilience.MinReplicas,
		})
	}
	return t
}

// workload tells whether an object runs pods that the monitor looks after.
func workload(ref inventory.Ref) bool {
	switch ref.Kind {
	case "Deployment", "StatefulSet", "DaemonSet":
		return ref.Group == "apps"
	case "Job":
		return ref.Group == "batch"
	}
	return false
}

// remember keeps a state and has it written when it says something new.
func (a *application) remember(state sla.State) {
	encoded, err := json.Marshal(state)
	if err != nil || string(encoded) == a.encoded {
		return
	}
	a.state, a.encoded = state, string(encoded)
	name := a.owner.Application
	a.tenant.ledger.write(func(l *ledger) { l.states[name] = encoded })
	a.recorder.mark(a.tenant.ledger)
}

// act carries one action out and tells what came of it.
func (a *application) act(ctx context.Context, action sla.Action) {
	result := "done"
	var err error
	switch {
	case action.DryRun:
		result = "dry-run"
	case action.Kind == sla.Rollback:
		a.rollBack(action)
	default:
		err = a.remedies.Carry(ctx, action)
	}
	if err != nil {
		result = "failed"
	}
	a.metrics.actions.WithLabelValues(string(action.Kind), action.Rule, result).Inc()
	message := fmt.Sprintf("rule %s: %s %s: %s", action.Rule, action.Kind, action.Target, action.Reason)
	switch {
	case err != nil:
		a.tell(warning, "RemedyFailed", message+": "+err.Error())
	case action.DryRun:
		a.tell(normal, "RemedyDryRun", message)
	case action.Kind == sla.Notify:
		a.tell(warning, "RuleFired", message)
	case action.Kind == sla.Rollback:
		a.tell(warning, "RolledBack", fmt.Sprintf("%s back to %s: %s", short(a.view.Failed.Revision), short(action.Revision), action.Reason))
	default:
		a.tell(warning, "Remedy", message)
	}
}

// rollBack gives the current revision up. The next pass applies the last healthy
// one, and goes on doing so until the content of what failed has changed.
func (a *application) rollBack(action sla.Action) {
	a.view.Failed = &status.FailedRevision{
		Revision: a.view.Revision, Reason: action.Reason, Inputs: a.applied.inputs,
		Content: contentKey(desired{binding: a.applied.binding, snapshot: a.applied.snapshot, match: a.applied.match}, a.applied.inputs),
	}
	a.wake.nudge()
}
