package sla

import (
	"fmt"
	"slices"
	"time"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// action is what the candidate's rule asks for, or why that makes no sense.
func (d *decider) action(c candidate) (a Action, why string) {
	a = Action{Kind: c.rule.kind, Target: c.on.target(), Rule: c.rule.name, DryRun: c.rule.dryRun}
	switch a.Kind {
	case Restart:
		a.Target, why = c.on.workload(), restartable(c.on.workload())
	case Reschedule:
		why = reschedulable(c.on.pod)
	case Scale:
		a.Target = c.on.workload()
		a.Amount, why = scaleTo(c.on.owner())
	case Rollback:
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
	case p.TerminatingSeconds > 0 && !p.NodeGone:
		return "the pod is being deleted already"
	}
	return ""
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

func (d *decider) cooldown(c candidate, _ Action) (Hold, time.Time, string) {
	acted := d.state.Acted[c.rule.name][c.on.scope()]
	if len(acted) == 0 {
		return "", time.Time{}, ""
	}
	until := acted[len(acted)-1].Add(c.rule.cooldown)
	if !until.After(d.now) {
		return "", time.Time{}, ""
	}
	return HoldCooldown, until, ""
}

func (d *decider) budget(c candidate, _ Action) (Hold, time.Time, string) {
	var inWindow []time.Time
	for _, t := range d.state.Acted[c.rule.name][c.on.scope()] {
		if d.now.Sub(t) < c.rule.per {
			inWindow = append(inWindow, t)
		}
	}
	if len(inWindow) < c.rule.budget {
		return "", time.Time{}, ""
	}
	until := inWindow[len(inWindow)-c.rule.budget].Add(c.rule.per)
	return HoldBudget, until, fmt.Sprintf("%d actions in %s are used up", c.rule.budget, c.rule.per)
}

// floor holds back what would take ready pods away and leave fewer than the
// floor.
func (d *decider) floor(c candidate, a Action) (Hold, time.Time, string) {
	if a.Kind != Restart && a.Kind != Reschedule {
		return "", time.Time{}, ""
	}
	w := c.on.owner()
	if w == nil {
		return HoldFloor, time.Time{}, "the component was not observed"
	}
	ready := readyOf(d.observation, w)
	left := ready
	switch {
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

// turn lets one action touch the application at a time.
func (d *decider) turn(_ candidate, a Action) (Hold, time.Time, string) {
	if until := d.state.Touched.Add(Pace); a.touches() && until.After(d.now) {
		return HoldTurn, until, ""
	}
	return "", time.Time{}, ""
}
