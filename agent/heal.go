package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/monitor"
	"github.com/spotguide/spotguide/monitor/observe"
	"github.com/spotguide/spotguide/monitor/sla"
	"github.com/spotguide/spotguide/spotguides/guide"
	"github.com/spotguide/spotguide/sync/inventory"
)

// heal lets the monitor look at the application and carries out what its rules
// ask for. What is about to be done is written down first, so that no restart
// does it twice.
func (a *application) heal(ctx context.Context) {
	if a.applied.program == nil {
		return
	}
	if a.standby() {
		a.loop.Close() // nothing runs that could fail
		a.analysts.Follow(a.target(), nil, nil, 0)
		a.operations.Follow(a.owner.Namespace, a.owner.Application, nil)
		return
	}
	now, target, looks := time.Now(), a.target(), a.applied.guide.Monitor
	a.observer.Sample(target, looks.Sources, looks.Interval.Duration)
	a.analysts.Follow(target, a.analyzers[a.applied.guide.Name()], looks.Sources, looks.Interval.Duration)
	target.Operating = a.operating()
	a.leave(now, target)
	step, known := a.loop.Step(now.UTC(), a.applied.program, target)
	if !known {
		return // an event wakes us once it is
	}
	if step.Save {
		if err := a.save(ctx, step); err != nil {
			a.loop.Undo() // nothing was carried out
			a.log.Warn("remedies put off, for their record could not be written", "error", err)
			a.again(time.Second)
			return
		}
	}
	for _, action := range step.Actions {
		a.act(ctx, action)
	}
	for _, t := range step.Trials {
		a.concluded(t)
	}
	a.objectives(step)
	a.waits(step.Pending)
	if !step.Wake.IsZero() {
		a.again(max(step.Wake.Sub(now), time.Millisecond))
	}
	a.again(a.applied.guide.Monitor.Interval.Duration)
}

// save puts the monitor's state into the books, at once when something is about
// to be done.
func (a *application) save(ctx context.Context, step monitor.Step) error {
	encoded, err := json.Marshal(step.State)
	if err != nil {
		return fmt.Errorf("encode monitor state of %s: %w", a.owner, err)
	}
	a.tenant.ledger.write(func(l *ledger) { l.states[a.owner.Application] = encoded })
	if step.Acted {
		return a.recorder.write(ctx, a.tenant.ledger)
	}
	a.recorder.mark(a.tenant.ledger)
	return nil
}

// waits tells, once each, of remedies that wait for a person or for the cluster to
// recover, and of replicas that would be of no use.
func (a *application) waits(pending []sla.Pending) {
	now := map[string]bool{}
	for _, p := range pending {
		key, reason := p.Approval, "ApprovalWanted"
		planned, ready := a.planned(p)
		if !ready {
			now[key] = a.heldBack[key]
			continue
		}
		message := fmt.Sprintf("rule %s %s%s; `spotguide approve %s -n %s`", p.Rule, p.Message, planned, p.Approval, a.owner.Namespace)
		if p.Hold == sla.HoldBrake {
			key, reason, message = string(p.Hold), "RemediesBraked", "remedies wait: "+p.Message
		}
		if p.Hold == sla.HoldMost {
			key, reason, message = "most "+p.Target.String(), "ScalingLimited", fmt.Sprintf("%s: %s", p.Target, p.Message)
		}
		if p.Rule == sla.RuleFreeze {
			continue // told when it began
		}
		if p.Hold != sla.HoldBrake && p.Hold != sla.HoldApproval && p.Hold != sla.HoldMost {
			continue
		}
		if !a.heldBack[key] && !now[key] {
			a.tell(warning, reason, message)
		}
		now[key] = true
	}
	a.heldBack = now
}

// concluded tells whether a remedy has helped.
func (a *application) concluded(t monitor.Trial) {
	if t.Helped {
		a.tell(normal, "RemedyHelped", fmt.Sprintf("rule %s: %s %s helped: %d of %d ready", t.Action.Rule, t.Action.Kind, t.Action.Target, t.After, t.Desired))
		return
	}
	a.tell(warning, "RemedyDidNotHelp", fmt.Sprintf("rule %s: %s %s did not help: %d ready before, %d of %d after",
		t.Action.Rule, t.Action.Kind, t.Action.Target, t.Before, t.After, t.Desired))
}

// target tells the monitor what belongs to the application.
func (a *application) target() observe.Target {
	t := observe.Target{
		Namespace: a.owner.Namespace, Application: a.owner.Application,
		Revision: a.view.Revision, Rollout: a.rollout(), Consumers: a.applied.binding.Consumers,
	}
	if a.frozen != "" {
		t.Held = &guide.Held{Revision: a.view.Frozen, Why: a.frozen}
	}
	if a.approved != "" {
		t.Approved = strings.Split(a.approved, ",")
	}
	if a.leaving != nil {
		t.Leaving = a.leaving.pods()
	}
	t.Grows = len(a.applied.guide.SLA.Storage) > 0
	for _, e := range a.record.Committed {
		if e.Kind == "PersistentVolumeClaim" && e.Group == "" {
			t.Claims = append(t.Claims, observe.Claimed{Namespace: e.Namespace, Name: e.Name})
		}
		if !workload(e.Ref) {
			continue
		}
		component, known := a.applied.guide.Application.ComponentOf(a.owner.Application, e.Name)
		w := observe.Workload{Ref: observe.Ref{Kind: e.Kind, Name: e.Name}, Namespace: e.Namespace, Component: component}
		if resilience, _ := a.applied.guide.SLA.ResilienceOf(component); known {
			w.Floor = resilience.MinReplicas
		}
		t.Workloads = append(t.Workloads, w)
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

// act carries one action out and tells what came of it.
func (a *application) act(ctx context.Context, action sla.Action) {
	result, done := "done", ""
	var err error
	switch {
	case action.DryRun:
		result = "dry-run"
		a.loop.Note(action, "dry run: nothing was done")
	case action.Kind == sla.Rollback:
		a.log.Warn("rolling back", "rule", action.Rule, "reason", action.Reason)
		a.rollBack(a.health.message)
		a.loop.Note(action, "goes back to "+short(action.Revision))
	default:
		done, err = a.loop.Carry(ctx, action)
	}
	if err != nil {
		result = "failed"
	}
	a.metrics.actions.WithLabelValues(string(action.Kind), action.Rule, result).Inc()
	message := fmt.Sprintf("rule %s: %s %s: %s", action.Rule, action.What(), action.Target, action.Reason)
	switch {
	case err != nil:
		a.tell(warning, "RemedyFailed", message+": "+err.Error())
	case action.DryRun:
		a.tell(normal, "RemedyDryRun", message)
	case action.Kind == sla.Notify:
		a.tell(warning, "RuleFired", message)
	case action.Kind == sla.Rollback:
		a.tell(warning, "RolledBack", fmt.Sprintf("%s back to %s by rule %s: %s",
			short(a.view.Failed.Revision), short(action.Revision), action.Rule, a.view.Failed.Reason))
	case action.Kind == sla.Expand:
		a.applied.key = "" // so that what was applied says the same
		a.tell(normal, "Grown", fmt.Sprintf("%s %s: %s", action.Target, done, action.Reason))
	case action.Rule == sla.RuleAutoscaling:
		a.tell(normal, "Scaled", fmt.Sprintf("%s %s: %s", action.Target, done, action.Reason))
	default:
		a.tell(warning, "Remedy", message+": "+done)
	}
}

// rollBack gives the current revision up. The next pass applies the last healthy
// one, and goes on doing so until the content of what failed has changed.
func (a *application) rollBack(reason string) {
	a.conclude(status.WasRolledOut, reason)
	a.view.Failed = &status.FailedRevision{
		Revision: a.view.Revision, Reason: reason, Inputs: a.applied.inputs,
		Content: contentKey(desired{binding: a.applied.binding, snapshot: a.applied.snapshot, match: a.applied.match}, a.applied.inputs),
	}
	a.wake.nudge()
}
