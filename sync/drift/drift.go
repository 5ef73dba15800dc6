// Package drift watches what applications own and tells when a foreign hand was
// on it.
//
// A Watcher keeps one watch for each kind that an application owns, over all
// namespaces, of the objects that bear the application label. Of each object it
// remembers a Seen of some hundred bytes and nothing else. The API server itself
// does the comparing: our entry of an object's managed fields shrinks as soon as
// somebody else changes or removes a field that we applied, so an unchanged
// fingerprint means an untouched object, and what others added is theirs.
//
// Compare turns what was applied and what was seen into Reports; it is pure.
package drift

import (
	"time"

	"github.com/spotguide/spotguide/sync/inventory"
)

// Hand is a foreign manager of an object's fields.
type Hand struct {
	// Manager as the client named itself: kubectl-edit, helm, a controller.
	Manager   string
	Operation string
	Time      time.Time
}

// Seen is what the watch last told of an object.
type Seen struct {
	Ref   inventory.Ref
	Owner inventory.Owner
	UID   string
	// ResourceVersion of the object, or, when it is deleted, of the last event
	// of its kind.
	ResourceVersion string
	// Fields is the inventory.Fingerprint of our managed fields.
	Fields string
	// Health is the object's kstatus: Current, InProgress, Failed, Terminating
	// or Unknown; Message explains it when it is not Current.
	Health  string
	Message string
	// Deleted: there is no such object, or it lost the application label.
	Deleted bool
	// Foreign are others who manage fields of the object, except its status.
	Foreign []Hand
	// Lost are the fields that foreign hands took or removed from us, as far as
	// the watch saw it happen, and Takers who did.
	Lost   []string
	Takers []Hand
}

// Kind of drift.
type Kind string

const (
	// Changed: fields of ours were changed or removed.
	Changed Kind = "changed"
	// Deleted: the object is gone, or lost the application label.
	Deleted Kind = "deleted"
)

// Report is one drifted object.
type Report struct {
	Ref  inventory.Ref
	Kind Kind
	// Mode is the object's own drift mode; empty means that of its namespace.
	Mode string
	// Hands are those who did it, newest first; empty when nobody can tell, as
	// with deletions.
	Hands []Hand
	// Fields that were lost, as paths; empty when the watch did not see it happen.
	Fields []string
}
