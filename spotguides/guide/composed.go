package guide

// Composed is how a service of a compose file runs in a cluster.
type Composed struct {
	// File is the compose file in the tree, Service the service's name in it.
	File    string `json:"file"`
	Service string `json:"service"`
	// Component is what it says of how it runs, without an image where it is built.
	Component Component `json:"component"`
	// Published: one of its ports is to be reached from outside.
	Published bool `json:"published,omitempty"`
	// Replicas and Resources are nil where it says nothing of them.
	Replicas  *int32     `json:"replicas,omitempty"`
	Resources *Resources `json:"resources,omitempty"`
	// Target is the stage of the Dockerfile that is built, with Args.
	Target string            `json:"target,omitempty"`
	Args   map[string]string `json:"args,omitempty"`
}
