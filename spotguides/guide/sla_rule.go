package guide

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Rule makes the monitor act. Expr is CEL over an Observation: time,
// application, namespace, revision, rollout, components, pods, nodes and metrics.
type Rule struct {
	// Name is a DNS label; Events and the status speak of it. A rule of the
	// same name as one that every application has (`spotguide guides show` tells
	// them) changes it: what is left out stays as it is there. disabled: true
	// switches it off.
	Name string `json:"name" jsonschema:"required"`
	// Each ranges over a list of the observation (pods, components, nodes): the
	// rule is evaluated for every element, which Expr sees as `it` and Action
	// acts on.
	Each string `json:"each,omitempty" jsonschema:"enum=pods,enum=components,enum=nodes"`
	// Expr is true while the rule's condition holds. Where it cannot be told,
	// since something it reads is not known, the rule keeps still.
	Expr string `json:"expr"`
	// For is how long Expr must hold before the rule fires; at once unless
	// given.
	For metav1.Duration `json:"for,omitempty"`
	// Action is what is done. restart and scale need each: pods or components,
	// rebalance needs each: components,
	// reschedule needs each: pods, free needs each: nodes, rollback and notify
	// need none. operate has the guide's analyzer carry Operation out.
	Action string `json:"action" jsonschema:"enum=free,enum=rebalance,enum=restart,enum=reschedule,enum=scale,enum=rollback,enum=operate,enum=notify"`
	// Operation is what operate does, one of the operations of the guide's
	// monitor.yaml.
	Operation string `json:"operation,omitempty"`
	// Escalation is what is done in place of Action when that did not help: the
	// first after the first time, and so on; the last one stays. It did not help
	// while Expr has not been quiet for as long as the cooldown. Each time in a
	// row, the rule waits for twice as long as the time before, an hour at most.
	Escalation []string `json:"escalation,omitempty"`
	// Cooldown is how long the rule lets a target be after it acted on it; 5m
	// unless given.
	Cooldown metav1.Duration `json:"cooldown,omitempty"`
	// Budget bounds how often the rule acts on one target; three times an hour
	// unless given.
	Budget *Budget `json:"budget,omitempty"`
	// Priority settles which rule acts when several want to: the highest, then
	// the first. 0 unless given.
	Priority int `json:"priority,omitempty"`
	// Inhibits names rules that keep still on a component, or on any if one of
	// the two rules has no each, while this one's Expr is true there.
	Inhibits []string `json:"inhibits,omitempty"`
	// Maintenance says what the rule does while one of the SLA's maintenance
	// windows is open: pause (the default), ignore the window, or act only then.
	Maintenance string `json:"maintenance,omitempty" jsonschema:"enum=pause,enum=ignore,enum=only"`
	// Approval makes each action wait for a person's `spotguide approve`.
	Approval bool `json:"approval,omitempty"`
	// Independent actions neither wait for others of the application nor make
	// them wait.
	Independent bool `json:"independent,omitempty"`
	// DryRun records what would be done and does nothing.
	DryRun bool `json:"dryRun,omitempty"`
	// Disabled takes the rule out; so an overlay can be rid of a guide's rule.
	Disabled bool `json:"disabled,omitempty"`
}

// Partial tells whether the rule only changes another one of its name.
func (r Rule) Partial() bool { return r.Expr == "" && r.Action == "" }

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
	EachNodes      = "nodes"
)

// The actions a rule may ask for in this build.
const (
	ActionRestart    = "restart"    // roll the component's pods
	ActionReschedule = "reschedule" // delete the pod, its owner makes a new one
	ActionScale      = "scale"      // bring the component back to its floor
	ActionRollback   = "rollback"   // apply the last healthy revision
	ActionNotify     = "notify"     // an Event and a condition only
	ActionRebalance  = "rebalance"  // evict one pod of a component that is spread unevenly
	ActionFree       = "free"       // delete by force what is left on a node that is off
	ActionOperate    = "operate"    // have the guide's analyzer do something
)

// Actions lists what a rule may ask for.
func Actions() []string {
	return []string{ActionFree, ActionNotify, ActionOperate, ActionRebalance, ActionReschedule, ActionRestart, ActionRollback, ActionScale}
}

// What a rule does while a maintenance window is open.
const (
	MaintenancePause  = "pause"
	MaintenanceIgnore = "ignore"
	MaintenanceOnly   = "only"
)
