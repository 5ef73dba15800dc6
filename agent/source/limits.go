package source

import (
	"time"
)

// Limits bound what one repository may cost. A field of 0 means its default.
type Limits struct {
	RepositoryBytes int64         // of a mirror, and of a single transfer; 512 MiB
	FileBytes       int64         // of a file; larger ones are left out; 10 MiB
	Files           int           // in a commit; 50,000
	Depth           int           // folders below each other; 32
	Timeout         time.Duration // of one request and its transfer; 2 minutes
}

func (l Limits) withDefaults() Limits {
	set := func(v *int64, fallback int64) {
		if *v == 0 {
			*v = fallback
		}
	}
	files, depth, timeout := int64(l.Files), int64(l.Depth), int64(l.Timeout)
	set(&l.RepositoryBytes, 512<<20)
	set(&l.FileBytes, 10<<20)
	set(&files, 50_000)
	set(&depth, 32)
	set(&timeout, int64(2*time.Minute))
	l.Files, l.Depth, l.Timeout = int(files), int(depth), time.Duration(timeout)
	return l
}
