package guide

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// SLA is sla.yaml: what the application promises.
type SLA struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`

	// Resilience by component, "*" for all.
	Resilience  map[string]Resilience  `json:"resilience,omitempty"`
	Autoscaling map[string]Autoscaling `json:"autoscaling,omitempty"`
	Rollout     Rollout                `json:"rollout,omitempty"`
	Rules       []Rule                 `json:"rules,omitempty"`
}

// Resilience is the floor that the monitor holds and a chart renders.
type Resilience struct {
	// MinReplicas is the floor: nothing of ours goes below it, and a component
	// found below it is scaled back up.
	MinReplicas int32 `json:"minReplicas,omitempty"`
	// MaxUnavailable becomes the PodDisruptionBudget: a number or a percentage.
	MaxUnavailable string `json:"maxUnavailable,omitempty"`
}

// Autoscaling becomes a HorizontalPodAutoscaler where that suffices.
type Autoscaling struct {
	MinReplicas int32 `json:"minReplicas,omitempty"`
	MaxReplicas int32 `json:"maxReplicas"`
	// CPU and Memory are target utilisations in percent of the requests.
	CPU    int32 `json:"cpu,omitempty"`
	Memory int32 `json:"memory,omitempty"`
}

// Rollout says how long a new revision may take and what happens when it fails.
type Rollout struct {
	// Deadline after which a revision that is not healthy has failed; 5m unless
	// given.
	Deadline metav1.Duration `json:"deadline,omitempty"`
	// Rollback applies the last healthy revision again when a new one fails;
	// true unless given.
	Rollback *bool `json:"rollback,omitempty"`
}

// Rule makes the monitor act. Expr is CEL over an Observation: the variables
// are application, namespace, revision, rollout, components and pods; see
// Observation for their fields.
type Rule struct {
	// Name is unique among the rules; a rule of the repository replaces the
	// guide's or the built-in one of the same name.
	Name string `json:"name"`
	// Each ranges over a list of the observation ("pods", "components"): the
	// rule is evaluated for every element, which Expr sees as `it`. The actions
	// restart, reschedule and scale need it to know their target.
	Each string `json:"each,omitempty"`
	Expr string `json:"expr"`
	// For is how long Expr must hold before the rule fires.
	For    metav1.Duration `json:"for,omitempty"`
	Action string          `json:"action"`
	// Cooldown between two actions on one target; 5m unless given, 1h for
	// notify.
	Cooldown *metav1.Duration `json:"cooldown,omitempty"`
	// Budget is 3 actions per 1h unless given.
	Budget *Budget `json:"budget,omitempty"`
	// DryRun records what would be done and does nothing.
	DryRun   bool `json:"dryRun,omitempty"`
	Disabled bool `json:"disabled,omitempty"`
}

// Budget bounds how often a rule acts on one target. Actions on pods count for
// the workload that owns them, since its next pod has another name.
type Budget struct {
	Actions int             `json:"actions"`
	Per     metav1.Duration `json:"per"`
}

// The actions a rule may ask for in this build.
const (
	ActionRestart    = "restart"    // roll the component's pods
	ActionReschedule = "reschedule" // delete the pod, its owner makes a new one
	ActionScale      = "scale"      // bring the component back to its floor
	ActionRollback   = "rollback"   // apply the last healthy revision
	ActionNotify     = "notify"     // an Event and a condition only
)

// The lists that Rule.Each may range over.
const (
	EachPods       = "pods"
	EachComponents = "components"
)
