// Package inventory records what an application owns in the cluster. A record
// is written as pending before the cluster is touched and as committed after,
// so that an agent that dies in between knows all it may have left behind.
//
// The records of a namespace are kept in its ConfigMap spotguide-inventory, one
// key an application; Store reads and writes them, Encode and Decode are the
// form they have there. Guard tells a set that shrank suspiciously.
package inventory

// Owner is the application that owns objects: the namespace whose annotation
// asked for it and the application's name there.
type Owner struct {
	Namespace   string
	Application string
}

// String is namespace/application.
func (o Owner) String() string { return o.Namespace + "/" + o.Application }

// Ref names one object. Version is the one it was applied with and is not part
// of its identity.
type Ref struct {
	Group     string `json:"group,omitempty"`
	Version   string `json:"version"`
	Kind      string `json:"kind"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name"`
}

// ID is the Ref without its version: two Refs of one ID name one object.
func (r Ref) ID() Ref {
	r.Version = ""
	return r
}

// String is how people name an object: Deployment web/frontend, or Namespace web
// for one without a namespace.
func (r Ref) String() string {
	name := r.Name
	if r.Namespace != "" {
		name = r.Namespace + "/" + name
	}
	return r.Kind + " " + name
}

// Entry is one owned object and what was last sent for it.
type Entry struct {
	Ref
	// Digest of the rendered object, empty for one never applied in full. A
	// Secret's digest stays in memory and is never written down.
	Digest string `json:"digest,omitempty"`
	// Fields is the fingerprint of our managed fields after the apply; a live
	// object with another one has lost a field of ours to a foreign hand.
	Fields string `json:"fields,omitempty"`
	// ResourceVersion that our last apply returned.
	ResourceVersion string `json:"resourceVersion,omitempty"`
	// Keep: the object opted out of pruning.
	Keep bool `json:"keep,omitempty"`
	// Drift is the object's own drift mode (correct, warn, ignore); empty means
	// that of its namespace.
	Drift string `json:"drift,omitempty"`
}

// Record is all that one application owns.
type Record struct {
	// Revision that was committed last: all its objects were applied.
	Revision string `json:"revision,omitempty"`
	// Pending are objects that are owned but of which nothing is known: those
	// of an unfinished pass, of a failed deletion, and those whose pruning is
	// off or waits for approval.
	Pending []Ref `json:"pending,omitempty"`
	// Committed are the objects that were applied.
	Committed []Entry `json:"committed,omitempty"`
}

// Refs are all objects of the record.
func (r Record) Refs() []Ref {
	refs := make([]Ref, 0, len(r.Committed)+len(r.Pending))
	for i := range r.Committed {
		refs = append(refs, r.Committed[i].Ref)
	}
	return append(refs, r.Pending...)
}
