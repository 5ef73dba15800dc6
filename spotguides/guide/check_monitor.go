package guide

import (
	"regexp"
	"time"
)

// maxSources bounds what one application may have asked.
const maxSources = 20

// sourceName can stand in a rule as metrics.NAME.
var sourceName = regexp.MustCompile(`^[a-z][a-zA-Z0-9_]{0,62}$`)

// checkMonitor checks monitor.yaml.
func checkMonitor(d document, g *Guide) {
	if i := g.Monitor.Interval.Duration; i != 0 && i < time.Second {
		d.problem(at("interval"), "", "must be at least 1s, but is %s", i)
	}
	if n := len(g.Monitor.Sources); n > maxSources {
		d.problem(at("sources"), "", "%d are more than %d", n, maxSources)
	}
	for i, s := range g.Monitor.Sources {
		checkSource(d, s, at("sources", i))
	}
	for component, l := range g.Monitor.Leave {
		checkLeave(d, g, l, at("leave", component))
	}
}

func checkLeave(d document, g *Guide, l Leave, p []any) {
	if !sourceName.MatchString(l.Metric) {
		d.problem(under(p, "metric"), "write letters, digits and _, such as brokersLeaving", "%q is no name of a metric", l.Metric)
	}
	if len(g.Monitor.Operations) == 0 {
		d.problem(under(p, "operation"), "", "the guide %s has nothing that could empty pods: its monitor.yaml lists no operations", g.Name())
		return
	}
	oneOf(d, l.Operation, under(p, "operation"), g.Monitor.Operations...)
}

func checkSource(d document, s MetricSource, p []any) {
	if !sourceName.MatchString(s.Name) {
		d.problem(under(p, "name"), "write letters, digits and _, such as queueLength", "%q is no name of a metric", s.Name)
	}
	if s.Kafka != nil {
		checkKafkaLag(d, s, p)
		return
	}
	if s.Component == "" {
		d.problem(under(p, "component"), "name the component whose pods are to be asked", "is missing")
	}
	between(d, s.Port, 1, 65535, under(p, "port"))
	if i := s.Interval.Duration; i != 0 && i < 5*time.Second {
		d.problem(under(p, "interval"), "", "must be at least 5s, but is %s", i)
	}
	d.notNegative(s.Timeout, under(p, "timeout"))
	d.notNegative(s.Stale, under(p, "stale"))
	if (s.Scrape == nil) == (s.Probe == nil) {
		d.problem(p, "give one of them", "must have either scrape, probe or kafka")
	}
	if s.Scrape != nil {
		if s.Scrape.Metric == "" {
			d.problem(under(p, "scrape", "metric"), "", "is missing")
		}
		d.absolute(s.Scrape.Path, under(p, "scrape", "path"))
		oneOf(d, s.Scrape.Over, under(p, "scrape", "over"), OverSum, OverAverage, OverMax, OverMin)
	}
	if s.Probe != nil {
		d.absolute(s.Probe.HTTP, under(p, "probe", "http"))
		if s.Probe.HTTP != "" && s.Probe.TCP {
			d.problem(under(p, "probe", "tcp"), "leave out tcp or http: an answer by http needs a connection, too", "does not go together with http")
		}
	}
}

func checkKafkaLag(d document, s MetricSource, p []any) {
	if s.Scrape != nil || s.Probe != nil || s.Component != "" || s.Port != 0 || s.Interval.Duration != 0 || s.Timeout.Duration != 0 || s.Stale.Duration != 0 {
		d.problem(p, "leave only name and kafka", "asks brokers, at the monitor's own interval, and none of the application's pods")
	}
	p = under(p, "kafka")
	if !clusterName.MatchString(s.Kafka.Cluster) {
		d.problem(under(p, "cluster"), "name an application of the guide kafka, such as events, or data/events in the namespace data", "%q is no name of one", s.Kafka.Cluster)
	}
	if s.Kafka.Group == "" {
		d.problem(under(p, "group"), "name the consumers' group.id", "is missing")
	}
}

var clusterName = regexp.MustCompile(`^([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?/)?[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$`)

// What becomes of the values of several pods.
const (
	OverSum     = "sum"
	OverAverage = "average"
	OverMax     = "max"
	OverMin     = "min"
)
