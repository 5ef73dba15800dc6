package guide

// Volume is a folder or a file that a component's containers are given. Size
// makes one that lasts, source and content one that holds files of the
// repository, claim takes one that is there; with none of them it is empty and
// goes with the pod.
type Volume struct {
	// Name is a DNS label, unique in the component.
	Name string `json:"name" jsonschema:"required"`
	// Mount is the absolute path in the container.
	Mount string `json:"mount" jsonschema:"required,pattern=^/"`
	// ReadOnly forbids to write to it. Files of the repository always are.
	ReadOnly bool `json:"readOnly,omitempty"`

	// Size, as a quantity, makes a volume of its own for every replica, which
	// makes the component a StatefulSet. It outlives the application.
	Size string `json:"size,omitempty"`
	// StorageClass of such a volume; the cluster's default unless given.
	StorageClass string `json:"storageClass,omitempty"`
	// Claim names the PersistentVolumeClaim to take. With a size it is made, and
	// other applications of the namespace may take it, too.
	Claim string `json:"claim,omitempty"`

	// Source is a file or a folder of the repository, relative to the
	// application's folder. A file is mounted as a file, in whatever folder.
	Source string `json:"source,omitempty"`
	// Content is that of a file which is in no repository.
	Content string `json:"content,omitempty"`
	// Secret keeps source and content in a Secret rather than a ConfigMap.
	Secret bool `json:"secret,omitempty"`

	// Memory keeps what has neither size, claim, source nor content in memory.
	Memory bool `json:"memory,omitempty"`
}

// Own says that every replica has one of its own, which outlives it.
func (v Volume) Own() bool { return v.Size != "" && v.Claim == "" }

// Files says that it holds files of the repository or of a descriptor.
func (v Volume) Files() bool { return v.Source != "" || v.Content != "" }
