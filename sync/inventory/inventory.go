// Package inventory records what an application owns in the cluster. A record
// is written as pending before the cluster is touched and as committed after,
// so that an agent that dies in between knows all it may have left behind.
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

// Entry is one owned object and what was last sent for it.
type Entry struct {
	Ref
	// Digest of the rendered object, empty for one never applied in full and
	// for Secrets, whose digest is never written down.
	Digest string `json:"digest,omitempty"`
	// Fields is the fingerprint of our managed fields after the apply; a live
	// object with another one has lost a field of ours to a foreign hand.
	Fields string `json:"fields,omitempty"`
	// ResourceVersion that our last apply returned.
	ResourceVersion string `json:"resourceVersion,omitempty"`
	// Keep: the object opted out of pruning.
	Keep bool `json:"keep,omitempty"`
}

// Record is all that one application owns.
type Record struct {
	// Revision that was committed last.
	Revision string `json:"revision,omitempty"`
	// Pending are objects that an unfinished pass may have made. They are
	// owned, but nothing is known of them.
	Pending []Ref `json:"pending,omitempty"`
	// Committed are the objects of the last complete pass and those of failed
	// deletions.
	Committed []Entry `json:"committed,omitempty"`
}
