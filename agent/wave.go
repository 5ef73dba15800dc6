package agent

import "sync"

// wave is one distribution of a snapshot to the applications of a namespace. What
// the snapshot renames, or moves from one application to another, is taken over
// before it is let go of: whoever prunes waits for the others.
type wave struct {
	tenant nudge // woken when all applications have made a pass

	mu      sync.Mutex
	parts   int
	passes  map[*application]bool // whether it has ever been applied
	waiting map[*application]bool
}

func newWave(parts int, tenant nudge) *wave {
	return &wave{tenant: tenant, parts: parts, passes: map[*application]bool{}, waiting: map[*application]bool{}}
}

// passed notes that an application has made a pass. applied: it runs, if maybe an
// older revision.
func (w *wave) passed(a *application, applied bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if before, again := w.passes[a]; again && before == applied {
		return
	}
	w.passes[a] = applied
	if len(w.passes) < w.parts {
		return
	}
	w.tenant.nudge()
	for waiting := range w.waiting {
		waiting.wake.nudge()
	}
	clear(w.waiting)
}

// over tells that all applications have made a pass.
func (w *wave) over() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.passes) == w.parts
}

// last tells that all others have said what they want. Until then the
// application does not prune, and is woken.
func (w *wave) last(a *application) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	others := len(w.passes)
	if _, passed := w.passes[a]; passed {
		others--
	}
	if others == w.parts-1 {
		return true
	}
	w.waiting[a] = true
	return false
}

// replaced tells that nothing new waits to come up, which may be what has gone
// under another name. Until then the application stays, and is woken.
func (w *wave) replaced(a *application) bool {
	if !w.last(a) {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for other, applied := range w.passes {
		if other != a && !applied {
			w.waiting[a] = true
			return false
		}
	}
	return true
}
