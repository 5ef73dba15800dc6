package guide

import (
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Monitor is monitor.yaml: how the application is looked at.
type Monitor struct {
	// APIVersion is always spotguide.dev/v1.
	APIVersion string `json:"apiVersion" jsonschema:"required,enum=spotguide.dev/v1"`
	// Kind is always Monitor.
	Kind string `json:"kind" jsonschema:"required,enum=Monitor"`

	// Interval is the longest time between two looks; what a watch sees is
	// looked at at once. 30s unless given, at least 1s.
	Interval metav1.Duration `json:"interval,omitempty"`
	// Sources give the metrics that rules and autoscaling read.
	Sources []MetricSource `json:"sources,omitempty"`
	// Operations are what the guide's analyzer can do for the application; rules
	// ask for them by the action operate. Only guides with an analyzer have some.
	Operations []string `json:"operations,omitempty"`
	// Leave says, by component, when pods of its StatefulSet go that are too many:
	// not before nothing is on them any more.
	Leave map[string]Leave `json:"leave,omitempty"`
}

// Leave is how pods become empty, and how that is known.
type Leave struct {
	// Metric is the figure of the guide's analyzer that is 0 once they are.
	Metric string `json:"metric" jsonschema:"required"`
	// Operation of the analyzer empties them; a rule orders it.
	Operation string `json:"operation" jsonschema:"required"`
}

// MetricSource is one way to look at the application. Its value is known while its last
// answer is no older than Stale.
type MetricSource struct {
	// Name of the metric, a word: rules read it as metrics.NAME.
	Name string `json:"name" jsonschema:"required,pattern=^[a-z][a-zA-Z0-9_]*$"`
	// Component whose pods are asked; the others are never. None with Kafka.
	Component string `json:"component,omitempty"`
	// Port of the pods.
	Port int32 `json:"port,omitempty" jsonschema:"minimum=1,maximum=65535"`
	// Interval between two looks; the monitor's unless given, 5s at least.
	Interval metav1.Duration `json:"interval,omitempty"`
	// Timeout of one; 3s unless given, at most the interval.
	Timeout metav1.Duration `json:"timeout,omitempty"`
	// Stale is how old an answer may be; three intervals unless given.
	Stale metav1.Duration `json:"stale,omitempty"`
	// Scrape reads a metric from what the pods show to Prometheus.
	Scrape *Scrape `json:"scrape,omitempty"`
	// Probe counts the pods that answer.
	Probe *Probe `json:"probe,omitempty"`
	// Kafka tells how far behind a group of consumers is.
	Kafka *KafkaLag `json:"kafka,omitempty"`
}

// KafkaLag is the lag of a group of consumers, at the monitor's interval: NAME is in
// records, NAMESeconds for how long the oldest of them waits, and NAMEPartitions how
// many consumers the group can have. Autoscaling by one of the first two stays within
// the third.
type KafkaLag struct {
	// Cluster is an application of the guide kafka, NAME in the same namespace or
	// NAMESPACE/NAME, whose namespace has to allow it.
	Cluster string `json:"cluster" jsonschema:"required"`
	Group   string `json:"group" jsonschema:"required"`
	// Topic is all that the group reads unless given.
	Topic string `json:"topic,omitempty"`
}

// What a lag's further metrics are called, after its name.
const (
	LagSeconds    = "Seconds"
	LagPartitions = "Partitions"
)

// Of is the namespace and the name of the cluster, for who is in a namespace.
func (k KafkaLag) Of(namespace string) (string, string) {
	if other, name, elsewhere := strings.Cut(k.Cluster, "/"); elsewhere {
		return other, name
	}
	return namespace, k.Cluster
}

// Scrape reads one metric in the text format of Prometheus.
type Scrape struct {
	// Path of the page; /metrics unless given.
	Path string `json:"path,omitempty" jsonschema:"pattern=^/"`
	// Metric is its name. Of a histogram or a summary, it gives the number of all
	// that was measured.
	Metric string `json:"metric" jsonschema:"required"`
	// Labels that a series must have; all series of one page are added up.
	Labels map[string]string `json:"labels,omitempty"`
	// LE is an upper bound of a histogram's buckets: it gives the number of what is
	// no more than it, for objectives of latency.
	LE *float64 `json:"le,omitempty"`
	// Rate gives the growth a second since the page before, for counters. It is
	// not known where a counter began anew.
	Rate bool `json:"rate,omitempty"`
	// Over says what becomes of the values of several pods: sum (the default),
	// average, max or min. All pods that are ready have to answer.
	Over string `json:"over,omitempty" jsonschema:"enum=sum,enum=average,enum=max,enum=min"`
}

// Probe gives the number of pods that answer.
type Probe struct {
	// HTTP is a path that must answer with a status below 400; redirects are not
	// followed. Without it, a connection suffices.
	HTTP string `json:"http,omitempty" jsonschema:"pattern=^/"`
	// TCP says that a connection suffices; not together with HTTP.
	TCP bool `json:"tcp,omitempty"`
}

// source is the index of the source of that name, -1 where there is none.
func (m Monitor) source(name string) int {
	return slices.IndexFunc(m.Sources, func(s MetricSource) bool { return s.Name == name })
}

func (m Monitor) sourceNames() []string {
	var names []string
	for _, s := range m.Sources {
		names = append(names, s.Name)
		if s.Kafka != nil {
			names = append(names, s.Name+LagSeconds, s.Name+LagPartitions)
		}
	}
	return names
}

// most is the metric that bounds replicas which a metric asks for, empty for none.
func (m Monitor) most(metric string) string {
	for _, s := range m.Sources {
		if s.Kafka != nil && (metric == s.Name || metric == s.Name+LagSeconds) {
			return s.Name + LagPartitions
		}
	}
	return ""
}
