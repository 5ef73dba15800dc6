package sla

import (
	"fmt"
	"slices"
	"time"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// action is what the candidate's rule asks for, or why that makes no sense. What
// has not helped gives way to the next step that makes sense.
func (d *decider) action(c candidate) (a Action, why string) {
	steps := c.rule.escalation
	attempts := d.attempts(c)
	if attempts == 0 || len(steps) == 0 {
		return d.step(c, c.rule.kind)
	}
	for _, kind := range steps[min(attempts, len(steps))-1:] {
		if a, why = d.step(c, kind); why == "" {
			break
		}
	}
	return a, why
}

// step is an action of the candidate's rule.
func (d *decider) step(c candidate, kind Kind) (a Action, why string) {
	a = Action{Kind: kind, Target: c.on.target(), Rule: c.rule.name, DryRun: c.rule.dryRun}
	switch a.Kind {
	case Restart:
		a.Target, why = c.on.workload(), restartable(c.on.workload())
	case Reschedule:
		why = reschedulable(c.on.pod)
	case Rebalance:
		a.Target, why = d.crowded(c.on.component)
	case Free:
		a.Pods, why = d.left(c.on.node)
	case Scale:
		a.Target = c.on.workload()
		if a.Amount, why = scaleTo(c.on.owner()); why == "" {
			a.From = c.on.owner().Desired
		}
	case Operate:
		a.Target, a.Operation = subject{observation: d.observation}.target(), c.rule.operation
	case Rollback:
		a.Target = subject{observation: d.observation}.target()
		a.Revision, why = d.rollbackTo()
	}
	return a, why
}

func restartable(t Target) string {
	if slices.Contains([]string{"Deployment", "StatefulSet", "DaemonSet"}, t.Kind) {
		return ""
	}
	return fmt.Sprintf("a %s cannot be rolled", orPod(t.Kind))
}

// orPod names the owner's kind of a pod that may have none.
func orPod(kind string) string {
	if kind == "" {
		return "pod without an owner"
	}
	return kind
}

func reschedulable(p *guide.Pod) string {
	switch {
	case p.Component == "":
		return "the pod has no owner that would make a new one"
	case p.TerminatingSeconds > 0 && !p.NodeOff && !p.NodeGone:
		return "the pod is being deleted already"
	}
	return ""
}

// left are the pods on a node that is known to be off, and where there are none
// to be deleted why.
func (d *decider) left(n *guide.Node) (pods []Target, why string) {
	if !n.Off {
		return nil, "the node is not known to be off"
	}
	for i := range d.observation.Pods {
		if p := &d.observation.Pods[i]; p.Node == n.Name && p.Component != "" {
			pods = append(pods, targetOf(p))
		}
	}
	if len(pods) == 0 {
		return nil, "there are no pods on it that an owner would make anew"
	}
	return pods, ""
}

// scaleTo is the floor. Nothing is ever scaled down.
func scaleTo(w *guide.Workload) (int32, string) {
	switch {
	case w == nil:
		return 0, "the component was not observed"
	case w.Kind != "Deployment" && w.Kind != "StatefulSet":
		return 0, fmt.Sprintf("a %s has no replicas to scale", w.Kind)
	case w.Desired >= w.Floor:
		return 0, fmt.Sprintf("it asks for %d replicas, the floor is %d", w.Desired, w.Floor)
	}
	return w.Floor, ""
}

// rollbackTo is the last healthy revision, unless this one is it or was given
// up before.
func (d *decider) rollbackTo() (string, string) {
	o := d.observation
	switch {
	case o.Rollout == nil || o.Rollout.LastHealthy == "":
		return "", "no revision has been healthy yet"
	case o.Rollout.LastHealthy == o.Revision:
		return "", "the revision has been healthy, there is none to go back to"
	case slices.Contains(d.state.RolledBack, o.Revision):
		return "", "the revision was rolled back before"
	}
	return o.Rollout.LastHealthy, ""
}

func (d *decider) cooldown(c candidate, a Action) (Hold, time.Time, string) {
	attempts := d.attempts(c)
	wait := c.rule.patience(attempts)
	var last time.Time
	for _, scope := range d.scopes(c, a) {
		if acted := d.state.Acted[c.rule.name][scope]; len(acted) > 0 && acted[len(acted)-1].After(last) {
			last = acted[len(acted)-1]
		}
	}
	until := last.Add(wait)
	switch {
	case last.IsZero() || !until.After(d.now):
		return "", time.Time{}, ""
	case wait > c.rule.cooldown:
		return HoldCooldown, until, fmt.Sprintf("%d times it did not help, so it waits for %s", attempts, wait)
	}
	return HoldCooldown, until, ""
}

func (d *decider) budget(c candidate, a Action) (Hold, time.Time, string) {
	for _, scope := range d.scopes(c, a) {
		var inWindow []time.Time
		for _, t := range d.state.Acted[c.rule.name][scope] {
			if d.now.Sub(t) < c.rule.per {
				inWindow = append(inWindow, t)
			}
		}
		if len(inWindow) >= c.rule.budget {
			until := inWindow[len(inWindow)-c.rule.budget].Add(c.rule.per)
			return HoldBudget, until, fmt.Sprintf("%d actions in %s are used up", c.rule.budget, c.rule.per)
		}
	}
	return "", time.Time{}, ""
}

// scopes are what an action counts for: the subject's, and for going back the
// application's too.
func (d *decider) scopes(c candidate, a Action) []string {
	scopes := []string{c.on.scope()}
	if whole := (subject{observation: d.observation}).scope(); a.Kind == Rollback && whole != scopes[0] {
		scopes = append(scopes, whole)
	}
	return scopes
}

// floor holds back what would take ready pods away and leave fewer than the
// floor.
func (d *decider) floor(c candidate, a Action) (Hold, time.Time, string) {
	if a.Kind != Restart && a.Kind != Reschedule && a.Kind != Rebalance {
		return "", time.Time{}, ""
	}
	w := c.on.owner()
	if w == nil {
		return HoldFloor, time.Time{}, "the component was not observed"
	}
	ready := readyOf(d.observation, w)
	left := ready
	switch {
	case a.Kind == Rebalance:
		left = max(0, ready-1)
	case a.Kind == Restart:
		left = min(ready, max(0, w.Desired-w.MaxUnavailable))
	case c.on.pod.Ready && c.on.pod.TerminatingSeconds == 0:
		left = max(0, ready-1)
	}
	if left == ready || left >= w.Floor {
		return "", time.Time{}, ""
	}
	return HoldFloor, time.Time{}, fmt.Sprintf("would leave %d of %d ready pods, the floor is %d", left, ready, w.Floor)
}

// readyOf counts ready pods by the workload's status and by its pods, of which
// either may lag behind, and believes the lower number.
func readyOf(o *guide.Observation, w *guide.Workload) int32 {
	var ready int32
	for i := range o.Pods {
		if p := &o.Pods[i]; p.Ready && p.TerminatingSeconds == 0 && owns(w, p) {
			ready++
		}
	}
	return min(ready, w.Ready)
}

// operating lets one operation go on at a time, and asks nobody to approve of one
// that would have to wait.
func (d *decider) operating(_ candidate, a Action) (Hold, time.Time, string) {
	if a.Kind != Operate || a.DryRun || d.observation.Operating == "" {
		return "", time.Time{}, ""
	}
	return HoldTurn, time.Time{}, d.observation.Operating
}

// turn lets one action touch the application at a time, but for rules that are
// independent.
func (d *decider) turn(c candidate, a Action) (Hold, time.Time, string) {
	if c.rule.independent {
		return "", time.Time{}, ""
	}
	if until := d.state.Touched.Add(Pace); a.touches() && until.After(d.now) {
		return HoldTurn, until, ""
	}
	return "", time.Time{}, ""
}
