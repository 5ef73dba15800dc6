package observe

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// However often a workload changes within a moment, it is told once.
func TestChangesAreGathered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		told := map[place]int{}
		c := newChanges(func(namespace string, w Ref) { told[place{namespace, w}]++ })
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { c.run(ctx) })

		web, db := Ref{"Deployment", "web"}, Ref{"StatefulSet", "db"}
		for range 10 {
			c.note("a", web)
			c.note("b", db)
			c.note("a", Ref{}) // a pod without an owner
		}
		time.Sleep(2 * gathering)
		c.note("a", web)
		time.Sleep(2 * gathering)
		cancel()
		running.Wait()
		if len(told) != 2 || told[place{"a", web}] != 2 || told[place{"b", db}] != 1 {
			t.Errorf("told %v", told)
		}
	})
}
