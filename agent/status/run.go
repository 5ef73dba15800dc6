package status

import (
	"slices"
	"time"
)

// HistoryConfigMap is the name of the ConfigMap that holds the runs of a
// namespace's applications, one key an application. It is one of its own, since
// the status is read often and by many, and has room for what is true now only.
const HistoryConfigMap = "spotguide-history"

// RunLimit is how many runs of an application are kept.
const RunLimit = 10

// Outcome is what came of a revision.
type Outcome string

// The outcomes.
const (
	Underway     Outcome = "Underway"
	WasHealthy   Outcome = "Healthy"    // it became healthy, and its steps after succeeded
	WasFailed    Outcome = "Failed"     // it could not be built, rendered or applied, or did not become healthy
	WasRolledOut Outcome = "RolledBack" // it failed, and what was healthy before runs again
	Superseded   Outcome = "Superseded" // another one came before it was known
)

// Run is one revision's way through the line.
type Run struct {
	Revision string `json:"revision"`
	// Subject and Author of the commit.
	Subject string `json:"subject,omitempty"`
	Author  string `json:"author,omitempty"`
	// Rollback: it is an earlier revision that came back. Its steps do not run.
	Rollback  bool      `json:"rollback,omitempty"`
	StartedAt time.Time `json:"startedAt"`
	// EndedAt is when its outcome was known.
	EndedAt time.Time `json:"endedAt,omitzero"`
	// Changes counts what was done to objects: "2 created, 1 configured".
	Changes string  `json:"changes,omitempty"`
	Steps   []Step  `json:"steps,omitempty"`
	Outcome Outcome `json:"outcome"`
	// Reason says why it failed, or what a person should know all the same.
	Reason string `json:"reason,omitempty"`
	// Content is the content address of what the steps are run for; empty when
	// it is not known how far it would have come. Asked is the wish for a sync
	// under which its last failed step was run.
	Content string `json:"content,omitempty"`
	Asked   string `json:"asked,omitempty"`
}

// StepPhase is how far a step is.
type StepPhase string

// The phases of a step.
const (
	StepPending   StepPhase = "Pending"
	StepRunning   StepPhase = "Running"
	StepSucceeded StepPhase = "Succeeded"
	StepFailed    StepPhase = "Failed"
)

// Step is one step of a run.
type Step struct {
	Name       string    `json:"name"`
	Stage      string    `json:"stage"` // before or after
	Phase      StepPhase `json:"phase"`
	StartedAt  time.Time `json:"startedAt,omitzero"`
	FinishedAt time.Time `json:"finishedAt,omitzero"`
	Message    string    `json:"message,omitempty"`
	// Job that runs it, in the application's namespace.
	Job string `json:"job,omitempty"`
}

// Took is how long it ran, or has run by now.
func (s Step) Took(now time.Time) time.Duration {
	switch {
	case s.StartedAt.IsZero():
		return 0
	case !s.FinishedAt.IsZero():
		now = s.FinishedAt
	}
	return max(0, now.Sub(s.StartedAt)).Round(time.Second)
}

// Clone is a copy that shares nothing with r.
func (r Run) Clone() Run {
	r.Steps = slices.Clone(r.Steps)
	return r
}
