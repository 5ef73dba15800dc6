package guide

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Autoscaling becomes a HorizontalPodAutoscaler where cpu and memory suffice. With
// metrics or schedules the monitor scales by itself, and there is none.
type Autoscaling struct {
	// MinReplicas is never gone below; the floor of the component's resilience,
	// or 1, unless given.
	MinReplicas int32 `json:"minReplicas,omitempty" jsonschema:"minimum=0"`
	// MaxReplicas is never gone above.
	MaxReplicas int32 `json:"maxReplicas" jsonschema:"minimum=1"`
	// CPU is the target utilisation in percent of the requests.
	CPU int32 `json:"cpu,omitempty" jsonschema:"minimum=1"`
	// Memory is the target utilisation in percent of the requests.
	Memory int32 `json:"memory,omitempty" jsonschema:"minimum=1"`

	// Metrics are what the monitor scales by; the one that wants most counts. One
	// that is not known never lowers the number.
	Metrics []ScaleMetric `json:"metrics,omitempty"`
	// Schedules raise minReplicas while they are open.
	Schedules []ScaleSchedule `json:"schedules,omitempty"`
	// Up bounds how fast the number grows. Its step is all that there is again,
	// and 4 at least, its cooldown 15s, its stabilization none, unless given.
	Up ScalePace `json:"up,omitempty"`
	// Down bounds how fast it shrinks. Its step is any, its cooldown 1m, its
	// stabilization 5m, unless given.
	Down ScalePace `json:"down,omitempty"`
	// Idle takes the component to zero once no metric has been above 0, and no
	// schedule open, for so long; and back as soon as that ends.
	Idle *metav1.Duration `json:"idle,omitempty"`
	// Fallback is a number to go up to when a metric has not been known for long.
	Fallback *ScaleFallback `json:"fallback,omitempty"`
	// Predict raises the number ahead of what earlier days have needed at the same
	// hour.
	Predict *Prediction `json:"predict,omitempty"`
	// Manual is how long a number that somebody else has set is respected; 1h
	// unless given.
	Manual metav1.Duration `json:"manual,omitempty"`
}

// Prediction goes by what the metrics asked for at the same hour of earlier days:
// what half of them needed, as soon as two are known. It never lowers the number.
type Prediction struct {
	// Ahead is how long before an hour its number is there; 10m unless given, 6h at
	// most.
	Ahead metav1.Duration `json:"ahead,omitempty"`
	// Days that count; 7 unless given.
	Days int32 `json:"days,omitempty" jsonschema:"minimum=2,maximum=14"`
	// TimeZone whose hours they are, such as Europe/Vienna; UTC unless given.
	TimeZone string `json:"timeZone,omitempty"`
}

// The bounds of a Prediction.
const (
	MaxPredictAhead = 6 * time.Hour
	MaxPredictDays  = 14
)

// ScaleMetric is one thing to scale by.
type ScaleMetric struct {
	// Name of a source in monitor.yaml.
	Name string `json:"name" jsonschema:"required"`
	// Target is how much of it one replica is there for.
	Target int64 `json:"target" jsonschema:"minimum=1"`
	// Average: the value is what each replica has now, not what all have
	// together.
	Average bool `json:"average,omitempty"`
	// Most is a metric that says how many replicas can make use of it: a lag's are its
	// partitions unless given.
	Most string `json:"most,omitempty"`
	// Tolerance is by how many percent it may miss its target; 10 unless given.
	Tolerance int32 `json:"tolerance,omitempty" jsonschema:"minimum=0,maximum=100"`
}

// ScaleSchedule is a time with a number of replicas of its own.
type ScaleSchedule struct {
	Window
	// Replicas there are at least while it is open.
	Replicas int32 `json:"replicas" jsonschema:"minimum=1"`
}

// ScalePace bounds changes in one direction.
type ScalePace struct {
	// Step is the largest change at a time: a number, or a percentage of what
	// there is, rounded up.
	Step string `json:"step,omitempty" scalar:"text" jsonschema:"oneof_type=string;integer"`
	// Cooldown is the least time between two changes.
	Cooldown metav1.Duration `json:"cooldown,omitempty"`
	// Stabilization is how long a change must have been wanted.
	Stabilization *metav1.Duration `json:"stabilization,omitempty"`
}

// ScaleFallback is what to do without a metric.
type ScaleFallback struct {
	// After is how long a metric has to have been unknown.
	After metav1.Duration `json:"after"`
	// Replicas there are at least then.
	Replicas int32 `json:"replicas" jsonschema:"minimum=1"`
}

// Own tells whether the monitor scales, since no HorizontalPodAutoscaler could.
func (a Autoscaling) Own() bool { return len(a.Metrics)+len(a.Schedules) > 0 }
