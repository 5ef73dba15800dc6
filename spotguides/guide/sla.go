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

// Autoscaling becomes a HorizontalPodAutoscaler where that suffices. At least
// one of CPU and Memory must be given.
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

// Rule makes the monitor act. Expr is CEL over an Observation: time,
// application, namespace, revision, rollout, components and pods.
type Rule struct {
	// Name is a DNS label; Events and the status speak of it. A rule of the
	// same name as one that every application has (`spotguide guides show` tells
	// them) replaces it, or only switches it off with disabled: true.
	Name string `json:"name" jsonschema:"required"`
	// Each ranges over a list of the observation ("pods", "components"): the
	// rule is evaluated for every element, which Expr sees as `it` and Action
	// acts on.
	Each string `json:"each,omitempty" jsonschema:"enum=pods,enum=components"`
	// Expr is true while the rule's condition holds. Where it cannot be told,
	// since something it reads is not known, the rule keeps still.
	Expr string `json:"expr"`
	// For is how long Expr must hold before the rule fires; at once unless
	// given.
	For metav1.Duration `json:"for,omitempty"`
	// Action is what is done. restart and scale need each: pods or components,
	// reschedule needs each: pods, rollback and notify need neither.
	Action string `json:"action" jsonschema:"enum=restart,enum=reschedule,enum=scale,enum=rollback,enum=notify"`
	// Cooldown is how long the rule lets a target be after it acted on it; 5m
	// unless given.
	Cooldown metav1.Duration `json:"cooldown,omitempty"`
	// Budget bounds how often the rule acts on one target; three times an hour
	// unless given.
	Budget *Budget `json:"budget,omitempty"`
	// DryRun records what would be done and does nothing.
	DryRun bool `json:"dryRun,omitempty"`
	// Disabled takes the rule out; so an overlay can be rid of a guide's rule.
	Disabled bool `json:"disabled,omitempty"`
}

// Budget bounds how often a rule acts on one target. Actions on pods count for
// the workload that owns them, since its next pod has another name.
type Budget struct {
	// Actions is how many times it may act.
	Actions int `json:"actions" jsonschema:"minimum=1"`
	// Per is the time in which they are counted, ending now.
	Per metav1.Duration `json:"per"`
}

// What a Rule can range over.
const (
	EachPods       = "pods"
	EachComponents = "components"
)

// The actions a rule may ask for in this build.
const (
	ActionRestart    = "restart"    // roll the component's pods
	ActionReschedule = "reschedule" // delete the pod, its owner makes a new one
	ActionScale      = "scale"      // bring the component back to its floor
	ActionRollback   = "rollback"   // apply the last healthy revision
	ActionNotify     = "notify"     // an Event and a condition only
)

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
