// Package binding reads what a namespace's annotations ask for. It is pure: the
// agent parses with it, and so do the commands that explain an annotation.
package binding

import (
	"path"
	"strings"
	"time"
)

// Prefix of every annotation and label of ours.
const Prefix = "spotguide.dev/"

// Annotations that people set on a namespace.
const (
	Repository      = Prefix + "repository"
	Ref             = Prefix + "ref"
	Path            = Prefix + "path"
	Credentials     = Prefix + "credentials"
	Interval        = Prefix + "interval"
	Guide           = Prefix + "guide"
	Environment     = Prefix + "environment"
	ServiceAccount  = Prefix + "service-account"
	Suspend         = Prefix + "suspend"
	Prune           = Prefix + "prune"
	Drift           = Prefix + "drift"
	Verify          = Prefix + "verify"
	DependsOn       = Prefix + "depends-on"
	SyncRequestedAt = Prefix + "sync-requested-at"
	PruneApproved   = Prefix + "prune-approved"
	RollbackTo      = Prefix + "rollback-to"
	Approved        = Prefix + "approved"
	Consumers       = Prefix + "consumers"
	Promoted        = Prefix + "promoted"
	PromotedFrom    = Prefix + "promoted-from"
)

// Annotations that the agent writes back.
const (
	Phase    = Prefix + "phase"
	Revision = Prefix + "revision"
	Message  = Prefix + "message"
)

// DefaultServiceAccount is impersonated where the namespace names none.
const DefaultServiceAccount = "spotguide"

// The bounds and the default of the polling interval.
const (
	DefaultInterval = time.Minute
	MinInterval     = 5 * time.Second
)

// DriftMode says what happens when a foreign hand changes an object.
type DriftMode string

// The drift modes.
const (
	DriftCorrect DriftMode = "correct" // put back and tell
	DriftWarn    DriftMode = "warn"    // tell
	DriftIgnore  DriftMode = "ignore"  // neither
)

// Binding is what one namespace asks for. It is comparable but for DependsOn;
// use Equal.
type Binding struct {
	Namespace      string
	Repository     string
	Ref            string
	Path           string
	Credentials    string
	Interval       time.Duration
	Guide          string
	Environment    string
	ServiceAccount string
	// OwnAccount: the namespace named the account itself, so the agent leaves
	// its permissions alone.
	OwnAccount bool
	Suspend    bool
	Prune      bool
	Drift      DriftMode
	DependsOn  []Dependency
	// SyncRequestedAt is a nudge: any change of it asks for a look.
	SyncRequestedAt string
	// PruneApproved is the revision whose shrunken set a person has approved.
	PruneApproved string
	// Approved are the remedies that a person has approved of, by their names in
	// `spotguide sla explain`, separated by commas.
	Approved string
	// Consumers are other namespaces whose applications may know how far behind they
	// are as consumers of this one's, separated by commas, "*" for any name or part.
	Consumers string
	// RollbackTo pins the namespace to a revision until it is removed.
	RollbackTo string
	// Promoted is the revision that a person has promoted to the namespace: it is
	// followed in place of a ref until it is removed. PromotedFrom names the
	// namespace in which it was found healthy, for people.
	Promoted, PromotedFrom string
}

// Dependency is a namespace, or one application of it, that has to be healthy
// first.
type Dependency struct {
	Namespace   string
	Application string // empty for all of the namespace
}

// String is namespace or namespace/application.
func (d Dependency) String() string {
	if d.Application == "" {
		return d.Namespace
	}
	return d.Namespace + "/" + d.Application
}

// Identity is the user whose permissions the namespace's objects are applied
// with.
func (b Binding) Identity() string {
	return "system:serviceaccount:" + b.Namespace + ":" + b.ServiceAccount
}

// Fed tells whether the repository's environment.yaml says what the namespace
// follows: it names an environment, and no ref of its own.
func (b Binding) Fed() bool { return b.Environment != "" && b.Ref == "" }

// RootName is the name of an application that lies in the binding's own folder:
// the folder's, or the repository's for the whole of it.
func (b Binding) RootName() string {
	if b.Path != "." {
		return path.Base(b.Path)
	}
	return strings.TrimSuffix(path.Base(strings.TrimRight(b.Repository, "/")), ".git")
}
