package guide

import (
	"regexp"
	"time"
)

// step is a number from 1 on, or a percentage.
var step = regexp.MustCompile(`^[1-9][0-9]{0,3}%?$`)

func checkAutoscaling(d document, g *Guide, component string, a Autoscaling, p []any) {
	switch {
	case a.MaxReplicas < 1:
		d.problem(under(p, "maxReplicas"), "", "must be given, and at least 1")
	case a.MinReplicas > a.MaxReplicas:
		d.problem(under(p, "minReplicas"), "", "%d is more than maxReplicas, which is %d", a.MinReplicas, a.MaxReplicas)
	}
	for _, n := range []struct {
		key   string
		value int32
	}{{"minReplicas", a.MinReplicas}, {"cpu", a.CPU}, {"memory", a.Memory}} {
		if n.value < 0 {
			d.problem(under(p, n.key), "", "must not be negative")
		}
	}
	utilised := a.CPU != 0 || a.Memory != 0
	switch {
	case !utilised && !a.Own():
		d.problem(p, "add cpu: 70, say, a target in percent of the requests", "names nothing to scale by")
	case utilised && a.Own():
		d.problem(p, "write either cpu and memory, or metrics and schedules",
			"cpu and memory are scaled by a HorizontalPodAutoscaler, metrics and schedules by the monitor: never both")
	case !a.Own() && (a.Idle != nil || a.Fallback != nil):
		d.problem(p, "add metrics or schedules", "idle and fallback are for metrics and schedules only")
	}
	if floor, _ := g.SLA.ResilienceOf(component); a.Idle != nil && floor.MinReplicas > 0 {
		d.problem(under(p, "idle"), "", "the floor of %d forbids to go to zero", floor.MinReplicas)
	}
	checkOwnLoop(d, g, a, p)
}

func checkPrediction(d document, a Autoscaling, p []any) {
	switch f := a.Predict; {
	case f == nil:
		return
	case len(a.Metrics) == 0:
		d.problem(p, "add metrics", "goes by what metrics asked for on earlier days, and there are none")
	case f.Ahead.Duration < 0 || f.Ahead.Duration > MaxPredictAhead:
		d.problem(under(p, "ahead"), "", "must be from 0 to %s", MaxPredictAhead)
	case f.Days != 0:
		between(d, f.Days, 2, MaxPredictDays, under(p, "days"))
	}
	if a.Predict.TimeZone != "" {
		if _, err := time.LoadLocation(a.Predict.TimeZone); err != nil {
			d.problem(under(p, "timeZone"), "write a name such as Europe/Vienna", "%q is not known", a.Predict.TimeZone)
		}
	}
}

func checkOwnLoop(d document, g *Guide, a Autoscaling, p []any) {
	for i, m := range a.Metrics {
		at := under(p, "metrics", i)
		if names := g.Monitor.sourceNames(); m.Name == "" {
			d.problem(under(at, "name"), "name a source of monitor.yaml", "is missing")
		} else {
			oneOf(d, m.Name, under(at, "name"), append(names, "")...)
		}
		oneOf(d, m.Most, under(at, "most"), append(g.Monitor.sourceNames(), "")...)
		if m.Target < 1 {
			d.problem(under(at, "target"), "", "must be given, and at least 1")
		}
		between(d, m.Tolerance, 0, 100, under(at, "tolerance"))
	}
	for i, s := range a.Schedules {
		at := under(p, "schedules", i)
		checkWindow(d, s.Window, at)
		if s.Replicas < 1 || s.Replicas > max(1, a.MaxReplicas) {
			d.problem(under(at, "replicas"), "", "must be from 1 to maxReplicas, but is %d", s.Replicas)
		}
	}
	for key, pace := range map[string]ScalePace{"up": a.Up, "down": a.Down} {
		if pace.Step != "" && !step.MatchString(pace.Step) {
			d.problem(under(p, key, "step"), "write a number such as 2 or a percentage such as 50%", "%q is neither", pace.Step)
		}
		d.notNegative(pace.Cooldown, under(p, key, "cooldown"))
		if pace.Stabilization != nil {
			d.notNegative(*pace.Stabilization, under(p, key, "stabilization"))
		}
	}
	if a.Idle != nil {
		d.notNegative(*a.Idle, under(p, "idle"))
	}
	d.notNegative(a.Manual, under(p, "manual"))
	checkPrediction(d, a, under(p, "predict"))
	if f := a.Fallback; f != nil {
		d.notNegative(f.After, under(p, "fallback", "after"))
		if f.Replicas < 1 || f.Replicas > max(1, a.MaxReplicas) {
			d.problem(under(p, "fallback", "replicas"), "", "must be from 1 to maxReplicas, but is %d", f.Replicas)
		}
	}
}
