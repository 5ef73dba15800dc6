package guide

import (
	"slices"
	"strings"
)

func checkRule(d document, g *Guide, r Rule, p []any) {
	d.label(r.Name, under(p, "name"))
	oneOf(d, r.Each, under(p, "each"), EachPods, EachComponents, EachNodes)
	oneOf(d, r.Maintenance, under(p, "maintenance"), MaintenancePause, MaintenanceIgnore, MaintenanceOnly)
	if r.Maintenance == MaintenanceOnly && len(g.SLA.Maintenance) == 0 {
		d.problem(under(p, "maintenance"), "add a window to maintenance", "there is no maintenance window, so the rule would never act")
	}
	oneOf(d, r.Action, under(p, "action"), Actions()...)
	for i, action := range r.Escalation {
		oneOf(d, action, under(p, "escalation", i), Actions()...)
	}
	between(d, r.Priority, -1000, 1000, under(p, "priority"))
	d.notNegative(r.For, under(p, "for"))
	d.notNegative(r.Cooldown, under(p, "cooldown"))
	if !r.Partial() {
		checkWhole(d, g, r, p)
	}
	if b := r.Budget; b != nil {
		if b.Actions < 1 {
			d.problem(under(p, "budget", "actions"), "to switch the rule off write disabled: true", "must be given, and at least 1")
		}
		if b.Per.Duration <= 0 {
			d.problem(under(p, "budget", "per"), "write 1h, say", "must be given, and more than 0")
		}
	}
}

// checkWhole checks what only a rule of its own has to have.
func checkWhole(d document, g *Guide, r Rule, p []any) {
	if strings.TrimSpace(r.Expr) == "" {
		d.problem(under(p, "expr"), "", "is missing")
	}
	if r.Action == "" {
		d.problem(under(p, "action"), "choose "+orList(Actions()), "is missing")
	}
	checkTarget(d, r, p)
	checkOperation(d, g, r, p)
}

// checkOperation wants operate to name what the guide's analyzer can do.
func checkOperation(d document, g *Guide, r Rule, p []any) {
	switch operates := r.Action == ActionOperate || slices.Contains(r.Escalation, ActionOperate); {
	case !operates && r.Operation != "":
		d.problem(under(p, "operation"), "write action: "+ActionOperate, "is only for the action %s", ActionOperate)
	case !operates:
	case len(g.Monitor.Operations) == 0:
		d.problem(under(p, "action"), "", "the guide %s has nothing that could %s: its monitor.yaml lists no operations", g.Name(), ActionOperate)
	case r.Operation == "":
		d.problem(under(p, "operation"), "write one of "+strings.Join(g.Monitor.Operations, ", "), "is missing")
	default:
		oneOf(d, r.Operation, under(p, "operation"), g.Monitor.Operations...)
	}
}

func orList(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// checkTarget demands that an action which needs a target has one to act on.
func checkTarget(d document, r Rule, p []any) {
	needs := map[string][]string{
		ActionFree:       {EachNodes},
		ActionRebalance:  {EachComponents},
		ActionReschedule: {EachPods},
		ActionRestart:    {EachPods, EachComponents},
		ActionScale:      {EachPods, EachComponents},
	}[r.Action]
	if len(needs) > 0 && !slices.Contains(needs, r.Each) {
		d.problem(under(p, "action"), "add each: "+strings.Join(needs, " or each: "),
			"%s needs something to act on", r.Action)
	}
}
