package guide

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// SLA is sla.yaml: what the application promises.
type SLA struct {
	// APIVersion is always spotguide.dev/v1.
	APIVersion string `json:"apiVersion" jsonschema:"required,enum=spotguide.dev/v1"`
	// Kind is always SLA.
	Kind string `json:"kind" jsonschema:"required,enum=SLA"`

	// Resilience by component, "*" for all that are not named.
	Resilience map[string]Resilience `json:"resilience,omitempty"`
	// Autoscaling by component, "*" for all that are not named.
	Autoscaling map[string]Autoscaling `json:"autoscaling,omitempty"`
	// Rollout says how long a new revision may take to become healthy.
	Rollout Rollout `json:"rollout,omitempty"`
	// Failover runs the application in one of two clusters at a time.
	Failover *Failover `json:"failover,omitempty"`
	// Maintenance are times in which people work on the application: rules keep
	// still then, unless they say otherwise.
	Maintenance []Window `json:"maintenance,omitempty"`
	// Rules make the monitor act.
	Rules []Rule `json:"rules,omitempty"`
}

// Resilience is the floor that the monitor holds and a chart renders.
type Resilience struct {
	// MinReplicas is the floor: nothing of ours goes below it, and a component
	// found below it is scaled back up.
	MinReplicas int32 `json:"minReplicas,omitempty" jsonschema:"minimum=0"`
	// MaxUnavailable becomes the PodDisruptionBudget: a number or a percentage.
	MaxUnavailable string `json:"maxUnavailable,omitempty" scalar:"text" jsonschema:"oneof_type=string;integer"`
}

// Rollout says how long a new revision may take and what happens when it fails.
type Rollout struct {
	// Deadline after which a revision that is not healthy has failed; 5m unless
	// given.
	Deadline metav1.Duration `json:"deadline,omitempty"`
	// Soak is how long a revision has to stay healthy before it becomes the one
	// to go back to; 30s unless given.
	Soak metav1.Duration `json:"soak,omitempty"`
	// Rollback applies the last healthy revision again when a new one fails;
	// true unless given.
	Rollback *bool `json:"rollback,omitempty"`
}

// ResilienceOf returns the component's own resilience, else that of "*".
func (s SLA) ResilienceOf(component string) (Resilience, bool) {
	return of(s.Resilience, component)
}

// AutoscalingOf returns the component's own autoscaling, else that of "*", with
// MinReplicas raised to the component's floor and to 1 at least.
func (s SLA) AutoscalingOf(component string) (Autoscaling, bool) {
	a, ok := of(s.Autoscaling, component)
	floor, _ := s.ResilienceOf(component)
	a.MinReplicas = max(a.MinReplicas, floor.MinReplicas, 1)
	return a, ok
}
