package guide

import (
	"regexp"

	"k8s.io/apimachinery/pkg/api/resource"
)

var growth = regexp.MustCompile(`^[1-9][0-9]{0,2}%$`)

func checkStorage(d document, g *Guide, s StorageGrowth, p []any) {
	if s.Full != 0 {
		between(d, s.Full, 1, 99, under(p, "full"))
	}
	if q, err := resource.ParseQuantity(s.Grow); s.Grow != "" && !growth.MatchString(s.Grow) && (err != nil || q.Sign() <= 0) {
		d.problem(under(p, "grow"), "write a percentage such as 20% or a quantity such as 10Gi", "%q is neither", s.Grow)
	}
	switch q, err := resource.ParseQuantity(s.Max); {
	case s.Max == "":
		d.problem(under(p, "max"), "write 100Gi, say", "must be given")
	case err != nil || q.Sign() <= 0:
		d.problem(under(p, "max"), "write it as 100Gi", "%q is no quantity", s.Max)
	}
	switch {
	case s.Metric == "":
		d.problem(under(p, "metric"), "name a source of monitor.yaml that gives the share used, 0 to 1", "must be given")
	case len(g.Monitor.Operations) == 0: // else the guide has an analyzer with figures of its own
		oneOf(d, s.Metric, under(p, "metric"), append(g.Monitor.sourceNames(), "")...)
	}
	for _, source := range g.Monitor.Sources {
		if source.Name == s.Metric && source.Scrape != nil && (source.Scrape.Over == "" || source.Scrape.Over == OverSum) {
			d.problem(under(p, "metric"), "write over: max in the source's scrape, in monitor.yaml", "adds the shares of several pods up")
		}
	}
}
