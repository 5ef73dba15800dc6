package agent

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics are what the agent counts.
type metrics struct {
	stages   *prometheus.HistogramVec
	changes  *prometheus.CounterVec
	drift    *prometheus.CounterVec
	actions  *prometheus.CounterVec
	requests *prometheus.CounterVec
	bound    prometheus.Gauge
	budgets  *prometheus.GaugeVec
	burns    *prometheus.GaugeVec
	// promotions that came in, by rule or person, or were taken back.
	promotions *prometheus.CounterVec
}

func newMetrics(r prometheus.Registerer) *metrics {
	m := &metrics{
		stages: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "spotguide_stage_duration_seconds", Help: "Time that one application took in a stage of the line.",
			Buckets: prometheus.ExponentialBuckets(0.001, 4, 8),
		}, []string{"stage"}),
		changes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "spotguide_objects_total", Help: "Objects by what was done with them.",
		}, []string{"action"}),
		drift: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "spotguide_drift_total", Help: "Objects that a foreign hand changed, by what was done about it.",
		}, []string{"reaction"}),
		actions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "spotguide_actions_total", Help: "Remedies by action, rule and result.",
		}, []string{"action", "rule", "result"}),
		promotions: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "spotguide_promotions_total", Help: "Revisions promoted by who has done it: rule, person, or back after a failure.",
		}, []string{"by"}),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "spotguide_api_requests_total", Help: "Requests to the API server by method; a watch is one.",
		}, []string{"method"}),
		budgets: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "spotguide_objective_budget_left_ratio", Help: "Share of an objective's error budget that is left; none while it is not known.",
		}, []string{"namespace", "application", "objective"}),
		burns: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "spotguide_objective_burn_rate", Help: "How fast an objective burns its error budget over a window; 1 spends it in just the objective's own.",
		}, []string{"namespace", "application", "objective", "over"}),
		bound: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "spotguide_namespaces", Help: "Namespaces that are followed.",
		}),
	}
	r.MustRegister(m.stages, m.changes, m.drift, m.actions, m.requests, m.bound, m.promotions, m.budgets, m.burns)
	return m
}

// forget drops what is told of an application's objectives.
func (m *metrics) forget(namespace, application string) {
	labels := prometheus.Labels{"namespace": namespace, "application": application}
	m.budgets.DeletePartialMatch(labels)
	m.burns.DeletePartialMatch(labels)
}

// observe notes how long a stage has taken since it started.
func (m *metrics) observe(stage string, started time.Time) {
	m.stages.WithLabelValues(stage).Observe(time.Since(started).Seconds())
}
