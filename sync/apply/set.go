package apply

import (
	"github.com/spotguide/spotguide/sync/inventory"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Object is one rendered object and where it was written.
type Object struct {
	*unstructured.Unstructured
	// Origin is file:line or a template's path, for messages.
	Origin string
}

// Set is all that an application shall have at a revision. It is complete: what
// the application owns and the set lacks is pruned. Apply does not change the
// objects.
type Set struct {
	Owner    inventory.Owner
	Revision string
	Objects  []Object
}

// AsAgent is the Identity of the agent itself, for the command line and for
// what the operator owns. It must be asked for: an empty Identity is refused.
const AsAgent = "agent"

// Options say how a set is applied.
type Options struct {
	// Identity is the user to act as, from ServiceAccount, or AsAgent.
	Identity string
	// Prune deletes what the record holds and the set lacks.
	Prune bool
	// PruneApproved prunes even what inventory.Guard would hold.
	PruneApproved bool
	// PruneProtected prunes Namespaces, CustomResourceDefinitions and
	// PersistentVolumeClaims too.
	PruneProtected bool
	// Drift is the mode for objects without one of their own: a touched object
	// whose rendered form has not changed is only sent under correct, the
	// default.
	Drift string
	// All sends every object, also those known to be unchanged and untouched.
	All bool
}

// Action is what became of an object.
type Action string

const (
	Created    Action = "created"
	Configured Action = "configured"
	Unchanged  Action = "unchanged"
	Recreated  Action = "recreated"
	Deleted    Action = "deleted"
	// Kept: not in the set any more, but not to be deleted. It is no longer owned.
	Kept Action = "kept"
	// Skipped: not tried, because something it needs failed.
	Skipped Action = "skipped"
	Failed  Action = "failed"
)

// Change is what a pass did with one object.
type Change struct {
	Ref    inventory.Ref
	Action Action
	Origin string
	// Note says why an object was kept or skipped.
	Note string
	// Err is an *Error for a failed object.
	Err error
}

// Result of a pass. Record is what the owner owns now and is to be committed,
// also after a failure.
type Result struct {
	Record  inventory.Record
	Changes []Change
}

// Empty tells that nothing was sent and nothing is known to be owned.
func (r Result) Empty() bool {
	return len(r.Changes) == 0 && len(r.Record.Committed) == 0 && len(r.Record.Pending) == 0
}

// Live is what somebody who watches the cluster knows; drift.Watcher is one.
type Live interface {
	// Owner tells which application's labels the object bears, the zero Owner
	// when there is none. known is false when the kind is not watched (yet).
	Owner(ref inventory.Ref) (owner inventory.Owner, known bool)
	// Untouched tells that the object is known to hold all that we applied.
	Untouched(entry inventory.Entry) bool
}
