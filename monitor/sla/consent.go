package sla

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// maintained is the name of the maintenance window that is open, "" when none is.
func (d *decider) maintained() string {
	for _, h := range d.program.maintenance {
		open, until := h.At(d.now)
		d.wake(until)
		if open {
			return h.Name
		}
	}
	return ""
}

func (d *decider) maintenance(c candidate, _ Action) (Hold, time.Time, string) {
	switch {
	case c.rule.maintenance == guide.MaintenancePause && d.open != "":
		return HoldMaintenance, time.Time{}, "window " + d.open + " is open"
	case c.rule.maintenance == guide.MaintenanceOnly && d.open == "":
		return HoldMaintenance, time.Time{}, "no window is open"
	}
	return "", time.Time{}, ""
}

// inhibit notes where a rule that inhibits others holds. One that is unknown
// holds on where it held before.
func (d *decider) inhibit(r *rule, on subject, said verdict) {
	if len(r.inhibits) == 0 || said == no {
		return
	}
	if _, held := d.state.Holding[r.name][on.key()]; held {
		setNested(&d.held, r.name, on.scope(), true)
	}
}

// inhibited holds back what a rule that holds says should keep still.
func (d *decider) inhibited(c candidate, _ Action) (Hold, time.Time, string) {
	for _, name := range c.rule.inhibitedBy {
		scopes := d.held[name]
		wide := c.rule.each == "" || d.program.rule(name).each == ""
		if scopes[c.on.scope()] || wide && len(scopes) > 0 {
			return HoldInhibited, time.Time{}, "rule " + name + " holds"
		}
	}
	return "", time.Time{}, ""
}

// brake holds back what would tinker with workloads while too many of the
// cluster's fail at once: their cause is elsewhere. Going back to a revision
// that was healthy is about the revision.
func (d *decider) brake(_ candidate, a Action) (Hold, time.Time, string) {
	if d.observation.Brake == "" || !a.touches() || a.Kind == Rollback {
		return "", time.Time{}, ""
	}
	return HoldBrake, time.Time{}, d.observation.Brake
}

// approval asks a person once all else speaks for the action.
func (d *decider) approval(c candidate, a Action) (Hold, time.Time, string) {
	if !c.rule.approval || !a.touches() {
		return "", time.Time{}, ""
	}
	if _, asked := d.state.Asked[c.rule.name][c.on.key()]; !asked {
		setNested(&d.state.Asked, c.rule.name, c.on.key(), d.now)
	}
	if slices.Contains(d.observation.Approved, d.approvalOf(c.rule, c.on)) {
		return "", time.Time{}, ""
	}
	what := fmt.Sprintf("would %s %s", a.What(), a.Target)
	if a.Kind == Scale {
		what += fmt.Sprintf(" to %d", a.Amount)
	}
	return HoldApproval, time.Time{}, what + ": " + d.reason(c)
}

// approvalOf is the name of one wish of a rule. Another one, be it for the same
// target, has another name, so nobody approves of more than was shown.
func (d *decider) approvalOf(r *rule, on subject) string {
	o := d.observation
	sum := sha256.Sum256([]byte(strings.Join([]string{
		o.Namespace, o.Application, o.Revision, r.name, on.key(), d.state.Asked[r.name][on.key()].Format(time.RFC3339Nano),
	}, "\x00")))
	return hex.EncodeToString(sum[:5])
}
