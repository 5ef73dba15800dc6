package source

import (
	"context"
	"maps"
	"slices"
)

// deliver sends an Update to the followers that a result is news to.
func (p *Poller) deliver(ctx context.Context, w *watch, keys []string) {
	if len(keys) == 0 {
		return
	}
	u := Update{Keys: keys, Snapshot: w.snapshot, Err: w.err}
	if u.Err != nil {
		u.Snapshot = nil
	}
	select {
	case p.updates <- u:
	case <-ctx.Done():
	}
}

// due returns the followers that have not heard the result yet: all of them when
// it is news.
func (p *Poller) due(w *watch, news, looked bool) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var keys []string
	for _, key := range slices.Sorted(maps.Keys(w.followers)) {
		f := w.followers[key]
		if news || f.due || (looked && f.forced) {
			keys = append(keys, key)
			f.due = false
			f.forced = f.forced && !looked
		}
	}
	return keys
}
