package agent

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/monitor"
	"github.com/spotguide/spotguide/monitor/sla"
)

// objectives tells how the objectives stand, and what has happened to them.
func (a *application) objectives(step monitor.Step) {
	for _, t := range step.Turns {
		kind := normal
		if t.Bad() {
			kind = warning
		}
		a.tell(kind, t.Reason, t.Message)
	}
	a.view.Objectives = nil
	a.metrics.forget(a.owner.Namespace, a.owner.Application)
	for _, o := range a.applied.guide.SLA.Objectives {
		s, looked := step.State.Objectives[o.Name]
		if !looked {
			continue
		}
		seen := status.Objective{Name: o.Name, Target: o.Target, Window: o.Window, Burning: s.Severity(), Spent: s.Spent}
		if left := s.Figures.Left; left != nil {
			percent := int(math.Floor(100 * *left))
			seen.Left = &percent
			a.metrics.budgets.WithLabelValues(a.owner.Namespace, a.owner.Application, o.Name).Set(*left)
		}
		for _, b := range s.Figures.Burns {
			if b.Long != nil {
				a.metrics.burns.WithLabelValues(a.owner.Namespace, a.owner.Application, o.Name, b.Over).Set(*b.Long)
			}
		}
		a.view.Objectives = append(a.view.Objectives, seen)
	}
}

// freeze is the revision to stay at while a spent error budget holds a new one
// back, "" when nothing does. Objectives are those of the new revision, so a commit
// that takes freeze out goes ahead. So does one that changes nothing, one that a
// person has approved of, and the first.
func (a *application) freeze(d desired) string {
	revision, running := d.snapshot.Revision, a.view.Revision
	if running == "" || running == revision || a.standby() {
		return ""
	}
	if key := a.key(d, a.applied.inputs); key != "" && key == a.applied.key {
		return ""
	}
	overlaid, err := a.guide(d)
	if err != nil {
		return "" // which the pass tells
	}
	why := a.loop.Frozen(overlaid.SLA.Objectives)
	approval := sla.Thaw(a.owner.Namespace, a.owner.Application, revision)
	if why == "" || slices.Contains(strings.Split(a.approved, ","), approval) {
		return ""
	}
	if told := a.view.Frozen; told != revision {
		a.view.Frozen = revision
		a.tell(warning, "RolloutFrozen", a.waitsFor(why))
	}
	a.frozen = why
	return running
}

// waitsFor tells what a revision waits for that is held back, and who may let it go.
func (a *application) waitsFor(why string) string {
	return fmt.Sprintf("%s waits: %s; it goes ahead when the budget recovers, or by `spotguide approve %s -n %s`",
		short(a.view.Frozen), why, sla.Thaw(a.owner.Namespace, a.owner.Application, a.view.Frozen), a.owner.Namespace)
}
