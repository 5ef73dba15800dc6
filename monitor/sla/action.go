package sla

import "time"

// Kind is what an action does.
type Kind string

// The kinds of actions, as rules name them.
const (
	Restart    Kind = "restart"
	Reschedule Kind = "reschedule"
	Scale      Kind = "scale"
	Rollback   Kind = "rollback"
	Notify     Kind = "notify"
	Free       Kind = "free"
	Rebalance  Kind = "rebalance"
	Operate    Kind = "operate"
	Expand     Kind = "expand"
)

// KindApplication is the Target.Kind of an action on an application as a whole.
const KindApplication = "Application"

// KindNode is the Target.Kind of an action on what is left on a node.
const KindNode = "Node"

// KindClaim is the Target.Kind of an action on a volume.
const KindClaim = "PersistentVolumeClaim"

// Target is the object that an action is for: a workload, a pod, a node, a volume or
// the application.
type Target struct {
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
	// UID of a pod, whose name may come back with another pod.
	UID string `json:"uid,omitempty"`
}

// String is Kind/name.
func (t Target) String() string { return t.Kind + "/" + t.Name }

// Action is one thing to be done, and why.
type Action struct {
	Kind   Kind   `json:"kind"`
	Target Target `json:"target"`
	// Amount is the number of replicas to scale to, 0 for other kinds.
	Amount int32 `json:"amount,omitempty"`
	// From is the number of replicas that a scale was decided upon: lowered is
	// only what still has it.
	From int32 `json:"from,omitempty"`
	// Rule that asked for it.
	Rule string `json:"rule"`
	// Reason tells a person why, with the values that the rule has seen.
	Reason string `json:"reason"`
	// Pods that are to be deleted, for a free only.
	Pods []Target `json:"pods,omitempty"`
	// Operation of the guide's analyzer, and the approval that its plan has got, if
	// its rule needs one; for an operate only.
	Operation string `json:"operation,omitempty"`
	Approval  string `json:"approval,omitempty"`
	// Size that a claim is to ask for, and Was what it asked for, as quantities; for an
	// expand only.
	Size string `json:"size,omitempty"`
	Was  string `json:"was,omitempty"`
	// Revision to go back to, for a rollback only.
	Revision string `json:"revision,omitempty"`
	// DryRun actions are recorded and not carried out.
	DryRun bool `json:"dryRun,omitempty"`
}

// What is what the action does, for people: its kind, or its operation.
func (a Action) What() string {
	if a.Kind == Operate {
		return a.Operation
	}
	return string(a.Kind)
}

// touches tells whether carrying it out changes anything in the cluster.
func (a Action) touches() bool { return !a.DryRun && a.Kind != Notify }

// Hold is what keeps a rule whose expression is true from acting.
type Hold string

// The holds.
const (
	HoldFor      Hold = "for"      // has not been true for long enough
	HoldUnknown  Hold = "unknown"  // the expression could not be evaluated
	HoldCooldown Hold = "cooldown" // acted a short while ago
	HoldBudget   Hold = "budget"   // acted too often
	HoldFloor    Hold = "floor"    // would leave too few ready pods
	HoldTarget   Hold = "target"   // the action does not suit the target
	HoldTurn     Hold = "turn"     // another action goes first

	HoldInhibited   Hold = "inhibited"   // another rule that holds keeps it still
	HoldMaintenance Hold = "maintenance" // by the SLA's maintenance windows
	HoldApproval    Hold = "approval"    // waits for a person
	HoldBrake       Hold = "brake"       // too much fails in the cluster at once
)

// Pending is a rule that would act on a target and is held back, or that could
// not be evaluated.
type Pending struct {
	Rule   string `json:"rule"`
	Target Target `json:"target"`
	Hold   Hold   `json:"hold"`
	// Until is when the hold ends by itself; zero when only a change ends it.
	Until time.Time `json:"until,omitzero"`
	// Message tells a person more.
	Message string `json:"message,omitempty"`
	// Approval is what a person has to approve of; for HoldApproval only.
	Approval string `json:"approval,omitempty"`
	// Operation that is to be approved of.
	Operation string `json:"operation,omitempty"`
}

// Decision is what Decide found.
type Decision struct {
	// Actions to carry out, at most one of which touches the cluster.
	Actions []Action
	Pending []Pending
	// State to decide with the next time.
	State State
	// Acted: State records new actions and must be kept before they are carried
	// out, so that a restart does not repeat them.
	Acted bool
	// Turns are objectives whose alerts have begun or ended.
	Turns []Turn
	// Wake is when a timer ends next; zero when there is none.
	Wake time.Time
}
