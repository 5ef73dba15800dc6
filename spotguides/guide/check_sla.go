package guide

import (
	"regexp"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/validation"
)

// checkSLA checks sla.yaml. Whether a rule's text is good CEL is for the
// package that evaluates it to say.
func checkSLA(d document, g *Guide) {
	s := g.SLA
	for _, component := range sortedKeys(s.Resilience) {
		p := at("resilience", component)
		checkKey(d, g, component, p)
		checkResilience(d, s.Resilience[component], p)
	}
	for _, component := range sortedKeys(s.Autoscaling) {
		p := at("autoscaling", component)
		checkKey(d, g, component, p)
		checkAutoscaling(d, g, component, s.Autoscaling[component], p)
		floor, _ := s.ResilienceOf(component)
		if highest := s.Autoscaling[component].MaxReplicas; highest > 0 && floor.MinReplicas > highest {
			d.problem(under(p, "maxReplicas"), "", "%d is below the floor of %d", highest, floor.MinReplicas)
		}
	}
	for _, volume := range sortedKeys(s.Storage) {
		checkStorage(d, g, s.Storage[volume], at("storage", volume))
	}
	d.notNegative(s.Rollout.Deadline, at("rollout", "deadline"))
	d.notNegative(s.Rollout.Soak, at("rollout", "soak"))
	checkFailover(d, g, s.Failover)
	checkObjectives(d, g)
	for i, w := range s.Maintenance {
		checkWindow(d, w, at("maintenance", i))
	}
	for i, rule := range s.Rules {
		checkRule(d, g, rule, at("rules", i))
	}
}

var numberOrPercentage = regexp.MustCompile(`^([0-9]+|[0-9]{1,2}%|100%)$`)

// Bounds of a resilience: the monitor remembers each restart of a budget.
const (
	maxSkew        = 1000
	maxRestarts    = 100
	maxRestartsPer = 7 * 24 * time.Hour
)

func checkResilience(d document, r Resilience, p []any) {
	if r.MinReplicas < 0 {
		d.problem(under(p, "minReplicas"), "", "must not be negative")
	}
	if r.MaxUnavailable != "" && !numberOrPercentage.MatchString(r.MaxUnavailable) {
		d.problem(under(p, "maxUnavailable"), "write a number such as 1 or a percentage such as 25%",
			"%q is neither", r.MaxUnavailable)
	}
	if s := r.Spread; s != nil {
		between(d, s.Zones, 0, maxSkew, under(p, "spread", "zones"))
		between(d, s.Nodes, 0, maxSkew, under(p, "spread", "nodes"))
		if s.Required && s.Zones == 0 && s.Nodes == 0 {
			d.problem(under(p, "spread"), "add zones: 1 or nodes: 1", "is required, but over neither zones nor nodes")
		}
	}
	if r.Priority != "" && len(validation.IsDNS1123Subdomain(r.Priority)) > 0 {
		d.problem(under(p, "priority"), "", "%q is no name of a PriorityClass", r.Priority)
	}
	if b := r.Restarts; b != nil {
		between(d, b.Actions, 1, maxRestarts, under(p, "restarts", "actions"))
		if b.Per.Duration <= 0 || b.Per.Duration > maxRestartsPer {
			d.problem(under(p, "restarts", "per"), "write 1h, say", "must be given, more than 0 and at most %s", maxRestartsPer)
		}
	}
}

func checkWindow(d document, w Window, p []any) {
	d.label(w.Name, under(p, "name"))
	if w.Schedule == "" {
		d.problem(under(p, "schedule"), `write "0 2 * * 0", say: minute, hour, day, month, weekday`, "is missing")
		return
	}
	if w.Duration.Duration <= 0 || w.Duration.Duration > MaxWindow {
		d.problem(under(p, "duration"), "write 2h, say", "must be given, more than 0 and at most %s", MaxWindow)
		return
	}
	if _, err := w.Hours(); err != nil {
		d.problem(p, "", "%s", err)
	}
}

func (d document) notNegative(v metav1.Duration, p []any) {
	if v.Duration < 0 {
		d.problem(p, "", "must not be negative")
	}
}
