package guide

import "time"

// maxLook is how far apart the looks at an objective may be.
const maxLook = time.Minute

func checkObjectives(d document, g *Guide) {
	if n := len(g.SLA.Objectives); n > MaxObjectives {
		d.problem(at("objectives"), "", "%d are more than %d", n, MaxObjectives)
	}
	for i, o := range g.SLA.Objectives {
		checkObjective(d, g, o, at("objectives", i))
	}
}

func checkObjective(d document, g *Guide, o Objective, p []any) {
	d.label(o.Name, under(p, "name"))
	if !(o.Target > 0 && o.Target < 100) {
		d.problem(under(p, "target"), "write 99.9, say", "must be given in percent, above 0 and below 100")
	}
	if _, err := o.Period(); err != nil {
		d.problem(under(p, "window"), "", "%s", err)
	}
	if i := g.Monitor.Interval.Duration; i > maxLook {
		d.problem(p, "", "monitor.yaml looks every %s only: an objective needs an interval of at most %s", i, maxLook)
	}
	ratio, timely := o.Good != "" || o.Bad != "" || o.Total != "", o.Metric != ""
	switch {
	case ratio == timely:
		d.problem(p, "write either good and total, or metric with atMost or atLeast", "must say what is measured, in one of two ways")
	case ratio && (o.Total == "" || (o.Good == "") == (o.Bad == "")):
		d.problem(p, "write good: answered, total: requests, say", "needs total, and either good or bad")
	case ratio && (o.AtMost != nil || o.AtLeast != nil):
		d.problem(p, "", "atMost and atLeast are bounds of a metric")
	case timely && o.AtMost == nil && o.AtLeast == nil:
		d.problem(under(p, "metric"), "add atMost: 0.3, say", "has no bounds")
	}
	checkMeasured(d, g, o, p)
}

// checkMeasured looks at the sources. A guide with an analyzer has figures beside
// them, whose names nobody knows here.
func checkMeasured(d document, g *Guide, o Objective, p []any) {
	for _, named := range []struct{ key, name string }{{"good", o.Good}, {"bad", o.Bad}, {"total", o.Total}, {"metric", o.Metric}} {
		key, name := named.key, named.name
		if name == "" {
			continue
		}
		i := g.Monitor.source(name)
		if i < 0 && len(g.Monitor.Operations) == 0 {
			oneOf(d, name, under(p, key), append(g.Monitor.sourceNames(), "")...)
		}
		if i >= 0 && key != "metric" {
			if s := g.Monitor.Sources[i].Scrape; s != nil && !s.Rate {
				d.problem(under(p, key), "give the source rate: true", "source %s counts from the start of each pod; an objective needs what it is a second", name)
			}
		}
	}
}
