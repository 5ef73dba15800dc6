// Package status is what the agent tells about a namespace: the document in the
// ConfigMap spotguide-status and its short form in the namespace's annotations.
package status

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// ConfigMap is the name of the ConfigMap that holds a namespace's Status under
// Key.
const (
	ConfigMap = "spotguide-status"
	Key       = "status"
)

// Phase is where a namespace or an application stands.
type Phase string

// The phases, from bad to good.
const (
	Failed      Phase = "Failed"      // a revision could not be fetched, rendered or applied
	Degraded    Phase = "Degraded"    // applied, but it is not or no longer healthy
	Held        Phase = "Held"        // waits for a person
	RolledBack  Phase = "RolledBack"  // the last healthy revision runs instead of the newest
	Pending     Phase = "Pending"     // nothing applied yet
	Building    Phase = "Building"    // its image is being built
	Syncing     Phase = "Syncing"     // being applied
	Progressing Phase = "Progressing" // applied, becoming healthy
	Suspended   Phase = "Suspended"   // told to wait
	Healthy     Phase = "Healthy"
)

// Status is the whole document.
type Status struct {
	Repository string `json:"repository"`
	Ref        string `json:"ref,omitempty"`
	// RefFrom is the line of environment.yaml that gives Ref, empty where the
	// annotation does or nothing.
	RefFrom     string `json:"refFrom,omitempty"`
	Path        string `json:"path,omitempty"`
	Environment string `json:"environment,omitempty"`
	Phase       Phase  `json:"phase"`
	// Revision that was applied last, as branch@sha1:commit. A commit that
	// touches nothing of this namespace does not change it.
	Revision   string             `json:"revision,omitempty"`
	Message    string             `json:"message,omitempty"`
	Notices    []string           `json:"notices,omitempty"`
	Conditions []metav1.Condition `json:"conditions,omitempty"`
	// SyncHandled is the annotation sync-requested-at whose wish is fulfilled:
	// the repository was looked at after it was set, and every application has
	// taken up what was found. It says nothing of their health.
	SyncHandled string     `json:"syncHandled,omitempty"`
	Settled     *Settled   `json:"settled,omitempty"`
	Promotion   *Promotion `json:"promotion,omitempty"`
	// Applications by name.
	Applications []Application `json:"applications,omitempty"`
}

// Application is one application of the namespace.
type Application struct {
	Name     string `json:"name"`
	Guide    string `json:"guide"`
	Dir      string `json:"dir"`
	Phase    Phase  `json:"phase"`
	Message  string `json:"message,omitempty"`
	Health   string `json:"health,omitempty"`
	Revision string `json:"revision,omitempty"` // what runs
	Objects  int    `json:"objects"`
	// Ready is how many of Objects are healthy.
	Ready   int              `json:"ready"`
	Why     []guide.Evidence `json:"why,omitempty"`
	Notices []string         `json:"notices,omitempty"`
	// LastHealthy is what a rollback goes back to.
	LastHealthy string `json:"lastHealthy,omitempty"`
	// Failed is the revision that a rollback went away from.
	Failed *FailedRevision `json:"failed,omitempty"`
	// Held is the revision whose prune waits for a person, who approves by
	// writing it into the annotation prune-approved.
	Held string `json:"held,omitempty"`
	// Frozen is the revision that waits for an error budget, or for a person who
	// approves of it.
	Frozen string `json:"frozen,omitempty"`
	// Objectives are those of the SLA, as they stand.
	Objectives []Objective `json:"objectives,omitempty"`
	// AppliedAt and ChangedAt are when the revision was applied and when the
	// phase last changed.
	AppliedAt time.Time   `json:"appliedAt,omitzero"`
	ChangedAt metav1.Time `json:"changedAt,omitzero"`
	// Site is set for one that fails over between clusters.
	Site *Site `json:"site,omitempty"`
	// Steps are those of the newest revision, in order.
	Steps []Step `json:"steps,omitempty"`
	// History holds the newest events of the application, newest last.
	History []Entry `json:"history,omitempty"`
}

// Objective is how an objective stands. Its figures are rounded, so that a status
// is written only when they have changed by much; `spotguide sla explain` has them
// whole.
type Objective struct {
	Name   string  `json:"name"`
	Target float64 `json:"target"` // in percent
	Window string  `json:"window"`
	// Left is how much of the error budget is left, in whole percent, less than 0
	// for what was spent beyond it; nil while it is not known.
	Left *int `json:"left,omitempty"`
	// Burning is the severity of the burn-rate alert that is on: page or ticket.
	Burning string `json:"burning,omitempty"`
	Spent   bool   `json:"spent,omitempty"`
}

// FailedRevision was applied and did not become or stay healthy. It is not
// tried again while the content of its inputs stays what it was.
type FailedRevision struct {
	Revision string   `json:"revision"`
	Reason   string   `json:"reason"`
	Inputs   []string `json:"inputs"`
	Content  string   `json:"content"`
}

// Entry is one thing that happened to an application.
type Entry struct {
	At time.Time `json:"at"`
	// Reason is the CamelCase reason of the Event that tells the same.
	Reason   string `json:"reason"`
	Revision string `json:"revision,omitempty"`
	Message  string `json:"message"`
}

// HistoryLimit is how many entries an application keeps.
const HistoryLimit = 20

// Remember appends an entry and forgets the oldest beyond HistoryLimit.
func (a *Application) Remember(e Entry) {
	a.History = append(a.History, e)
	if n := len(a.History) - HistoryLimit; n > 0 {
		a.History = append([]Entry(nil), a.History[n:]...)
	}
}
