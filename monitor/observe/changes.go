package observe

import (
	"context"
	"sync"
	"time"
)

// gathering is how long changes are gathered before they are told: a rolling
// update changes a workload and its pods many times in a row.
const gathering = 50 * time.Millisecond

// changes gathers what happened and tells each workload once.
type changes struct {
	tell Changed
	some chan struct{} // holds one token while seen is not empty

	mu   sync.Mutex
	seen map[place]bool
}

// place is a workload in a namespace.
type place struct {
	namespace string
	workload  Ref
}

func newChanges(tell Changed) *changes {
	return &changes{tell: tell, some: make(chan struct{}, 1), seen: map[place]bool{}}
}

func (c *changes) note(namespace string, workload Ref) {
	if c.tell == nil || workload == (Ref{}) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seen[place{namespace, workload}] = true
	select {
	case c.some <- struct{}{}:
	default:
	}
}

// run tells of changes until ctx ends.
func (c *changes) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.some:
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(gathering):
		}
		for p := range c.take() {
			c.tell(p.namespace, p.workload)
		}
	}
}

func (c *changes) take() map[place]bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	seen := c.seen
	c.seen = map[place]bool{}
	return seen
}
