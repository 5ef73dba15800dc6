package monitor

import (
	"fmt"
	"sync"
	"time"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// When so many workloads that had been proven fail at once, their cause is
// elsewhere, and tinkering with them makes it worse.
const (
	stormShare    = 40 // percent of all
	stormLeast    = 10 // workloads
	stormCooldown = 5 * time.Minute
	// settling is how long a workload has to be down before it counts.
	settling = 20 * time.Second
)

// Brake counts the workloads of all loops that share it, and stops their remedies
// while too many fail at once, and for a while after. A nil Brake never does. Safe
// for concurrent use.
type Brake struct {
	mu      sync.Mutex
	loops   map[*Loop]census
	all     census
	stormy  bool      // now
	storm   census    // when it was worst
	cleared time.Time // when it was stormy last
}

// census counts workloads.
type census struct{ total, failing int }

// NewBrake makes one that is off.
func NewBrake() *Brake { return &Brake{loops: map[*Loop]census{}} }

// report replaces what a loop has counted.
func (b *Brake) report(l *Loop, c census) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.count(b.loops[l], -1)
	b.loops[l] = c
	b.count(c, 1)
}

func (b *Brake) forget(l *Loop) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.count(b.loops[l], -1)
	delete(b.loops, l)
}

func (b *Brake) count(c census, sign int) {
	b.all.total += sign * c.total
	b.all.failing += sign * c.failing
}

// held says why remedies wait now, "" when they do not.
func (b *Brake) held(now time.Time) string {
	if b == nil {
		return ""
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	storms := b.all.failing >= stormLeast && b.all.failing*100 >= b.all.total*stormShare
	switch {
	case storms && (!b.stormy && !now.Before(b.cleared.Add(stormCooldown)) || b.all.failing > b.storm.failing):
		b.storm = b.all
		fallthrough
	case storms:
		b.stormy, b.cleared = true, now
	default:
		b.stormy = false
	}
	until := b.cleared.Add(stormCooldown)
	switch {
	case b.stormy:
		return fmt.Sprintf("up to %d of %d workloads fail at once: the cause is elsewhere", b.storm.failing, b.storm.total)
	case now.Before(until) && !b.cleared.IsZero():
		return fmt.Sprintf("%d of %d workloads failed at once until %s: remedies wait for %s after",
			b.storm.failing, b.storm.total, b.cleared.UTC().Format(time.TimeOnly), stormCooldown)
	}
	return ""
}

// failing remembers since when an application's workloads are down.
type failing map[string]time.Time

// look counts the workloads of an application, and those that are down although
// the revision was healthy before: none is ready, or fewer than the floor.
func (f *failing) look(now time.Time, o *guide.Observation) census {
	down := failing{}
	c := census{total: len(o.Components)}
	proven := o.Rollout != nil && o.Rollout.LastHealthy == o.Revision
	for _, w := range o.Components {
		if !proven || w.Desired == 0 || w.Ready > 0 && w.Ready >= w.Floor {
			continue
		}
		key := w.Namespace + "/" + w.Kind + "/" + w.Name
		since, known := (*f)[key]
		if !known {
			since = now
		}
		down[key] = since
		if now.Sub(since) >= settling {
			c.failing++
		}
	}
	*f = down
	return c
}
