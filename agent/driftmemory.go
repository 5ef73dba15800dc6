package agent

import (
	"time"

	"github.com/spotguide/spotguide/sync/drift"
	"github.com/spotguide/spotguide/sync/inventory"
)

// An object that another controller insists on would be fought over for ever:
// after contested corrections in a row within contestWindow, the next one waits
// for contestPause.
const (
	contested     = 5
	contestWindow = 10 * time.Second
	contestPause  = time.Minute
)

// driftMemory is what an application remembers of its objects' drift, from the
// first one until it is over. The zero value remembers nothing.
type driftMemory struct {
	told        map[inventory.Ref]string
	corrections map[inventory.Ref][]time.Time // the newest
}

// keep forgets what is over.
func (m *driftMemory) keep(reports []drift.Report, now time.Time) {
	drifted := make(map[inventory.Ref]bool, len(reports))
	for _, r := range reports {
		drifted[r.Ref] = true
	}
	for ref := range m.told {
		if !drifted[ref] {
			delete(m.told, ref)
		}
	}
	for ref, times := range m.corrections {
		if now.Sub(times[len(times)-1]) >= contestWindow+contestPause {
			delete(m.corrections, ref)
		}
	}
}

// news tells whether the text has not been told of the object yet, and notes it.
func (m *driftMemory) news(ref inventory.Ref, text string) bool {
	if m.told[ref] == text {
		return false
	}
	if m.told == nil {
		m.told = map[inventory.Ref]string{}
	}
	m.told[ref] = text
	return true
}

// contest counts a correction of an object and tells how long to wait instead
// when there were too many.
func (m *driftMemory) contest(ref inventory.Ref, now time.Time) time.Duration {
	recent := m.corrections[ref]
	if n := len(recent); n >= contested && recent[n-1].Sub(recent[n-contested]) < contestWindow {
		if left := contestPause - now.Sub(recent[n-1]); left > 0 {
			return left
		}
	}
	if m.corrections == nil {
		m.corrections = map[inventory.Ref][]time.Time{}
	}
	recent = append(recent, now)
	m.corrections[ref] = recent[max(0, len(recent)-contested):]
	return 0
}
