package guide

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// SLA is sla.yaml: what the application promises.
type SLA struct {
	// APIVersion is always spotguide.dev/v1.
	APIVersion string `json:"apiVersion" jsonschema:"required,enum=spotguide.dev/v1"`
	// Kind is always SLA.
	Kind string `json:"kind" jsonschema:"required,enum=SLA"`

	// Resilience by component; what "*" says holds for all that do not say it
	// themselves.
	Resilience map[string]Resilience `json:"resilience,omitempty"`
	// Autoscaling by component, "*" for all that are not named.
	Autoscaling map[string]Autoscaling `json:"autoscaling,omitempty"`
	// Storage is how volumes grow, by the name of a StatefulSet's volumeClaimTemplate
	// or of a PersistentVolumeClaim, "*" for all that are not named.
	Storage map[string]StorageGrowth `json:"storage,omitempty"`
	// Rollout says how long a new revision may take to become healthy.
	Rollout Rollout `json:"rollout,omitempty"`
	// Failover runs the application in one of two clusters at a time.
	Failover *Failover `json:"failover,omitempty"`
	// Maintenance are times in which people work on the application: rules keep
	// still then, unless they say otherwise.
	Maintenance []Window `json:"maintenance,omitempty"`
	// Objectives are what is kept on the average of days or weeks, with an error
	// budget each.
	Objectives []Objective `json:"objectives,omitempty"`
	// Rules make the monitor act.
	Rules []Rule `json:"rules,omitempty"`
}

// Resilience is what the loss of a pod, a node or a zone must leave. What the
// repository's own objects say of disruption, spread and priority comes before it.
type Resilience struct {
	// MinReplicas is the floor: nothing of ours goes below it, and a component
	// found below it is scaled back up.
	MinReplicas int32 `json:"minReplicas,omitempty" jsonschema:"minimum=0"`
	// MaxUnavailable becomes the PodDisruptionBudget: a number or a percentage.
	MaxUnavailable string `json:"maxUnavailable,omitempty" scalar:"text" jsonschema:"oneof_type=string;integer"`
	// Spread becomes topologySpreadConstraints.
	Spread *Spread `json:"spread,omitempty"`
	// Priority is the name of a PriorityClass of the cluster.
	Priority string `json:"priority,omitempty"`
	// Restarts bounds how often the rules, all together, restart or reschedule pods
	// of the component.
	Restarts *Budget `json:"restarts,omitempty"`
}

// Spread says by how many pods the fullest zone or node may surpass the emptiest, 0
// for any number.
type Spread struct {
	Zones int32 `json:"zones,omitempty" jsonschema:"minimum=0"`
	Nodes int32 `json:"nodes,omitempty" jsonschema:"minimum=0"`
	// Required: a pod that could only run elsewhere waits.
	Required bool `json:"required,omitempty"`
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

// ResilienceOf returns the component's own resilience laid over that of "*".
func (s SLA) ResilienceOf(component string) (Resilience, bool) {
	all, forAll := s.Resilience["*"]
	own, named := s.Resilience[component]
	orElse(&own.MinReplicas, all.MinReplicas)
	orElse(&own.MaxUnavailable, all.MaxUnavailable)
	orElse(&own.Spread, all.Spread)
	orElse(&own.Priority, all.Priority)
	orElse(&own.Restarts, all.Restarts)
	return own, forAll || named
}

// AutoscalingOf returns the component's own autoscaling, else that of "*", with
// MinReplicas raised to the component's floor and to 1 at least.
func (s SLA) AutoscalingOf(component string) (Autoscaling, bool) {
	a, ok := of(s.Autoscaling, component)
	floor, _ := s.ResilienceOf(component)
	a.MinReplicas = max(a.MinReplicas, floor.MinReplicas, 1)
	return a, ok
}
