package render

import (
	"errors"
	"time"
)

// Limits bound one rendering. Zero fields take the defaults.
type Limits struct {
	// Timeout for one rendering; 30s.
	Timeout time.Duration
	// Memory of a worker in bytes, beyond what it needs when idle; 512 MiB.
	Memory int64
	// Idle is how long a worker waits for something to render before it ends; 30s.
	Idle time.Duration
	// FileBytes is the largest file read; 10 MiB. InputBytes all files of one
	// rendering; 64 MiB. Files their number; 10,000.
	FileBytes, InputBytes int64
	Files                 int
	// Objects in one set; 5,000.
	Objects int
	// ObjectBytes is the largest object, about as large as in JSON; 3 MiB.
	// OutputBytes all objects of one rendering; 32 MiB.
	ObjectBytes, OutputBytes int64
}

func (l Limits) withDefaults() Limits {
	or(&l.Timeout, 30*time.Second)
	or(&l.Memory, 512<<20)
	or(&l.Idle, 30*time.Second)
	or(&l.FileBytes, 10<<20)
	or(&l.InputBytes, 64<<20)
	or(&l.Files, 10_000)
	or(&l.Objects, 5_000)
	or(&l.ObjectBytes, 3<<20)
	or(&l.OutputBytes, 32<<20)
	return l
}

func or[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}

// errHeavy: too much YAML to be decoded in the agent's own process.
var errHeavy = errors.New("too heavy to be decoded in-process")
