package source

import (
	"context"
	"math/rand/v2"
	"time"
)

// watch is one reference of one repository and those who follow it.
type watch struct {
	id    string
	topic string
	repo  Repository
	ref   Reference

	nudged chan struct{} // of size 1: look now
	joined chan struct{} // of size 1: followers or intervals changed

	followers map[string]*follower // under the poller's lock

	// Owned by the goroutine that runs Poller.watch.
	looked   time.Time // when it was looked at last
	snapshot *Snapshot // the last one
	err      error     // why there is no newer one
	failures int       // in a row
}

// follower is one of those who follow a watch.
type follower struct {
	interval time.Duration
	due      bool // has not heard of the watch yet
	forced   bool // wants an Update after the next look, come what may
}

func newWatch(id string, repo Repository, ref Reference) *watch {
	w := &watch{
		id: id, repo: repo, ref: ref, nudged: make(chan struct{}, 1), joined: make(chan struct{}, 1),
		followers: map[string]*follower{},
	}
	if a, err := parseAddress(repo.URL); err == nil {
		w.topic = a.topic()
	}
	return w
}

// watch looks at once, and then whenever it is time or somebody nudges, until
// ctx ends.
func (p *Poller) watch(ctx context.Context, w *watch) {
	for ctx.Err() == nil {
		p.look(ctx, w)
		for p.rest(ctx, w) {
		}
	}
}

// rest waits for the next look. It returns true when there is only somebody new
// to tell, or another interval.
func (p *Poller) rest(ctx context.Context, w *watch) bool {
	timer := time.NewTimer(time.Until(w.looked.Add(w.delay(p.interval(w)))))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-w.nudged:
	case <-w.joined:
		p.deliver(ctx, w, p.due(w, false, false))
		return true
	}
	return false
}

// look fetches once and tells those who have not heard of it.
func (p *Poller) look(ctx context.Context, w *watch) {
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		return
	}
	snapshot, err := p.fetcher.Fetch(ctx, w.repo, w.ref)
	<-p.slots
	if ctx.Err() != nil {
		return
	}
	w.looked = time.Now()
	p.deliver(ctx, w, p.due(w, w.take(snapshot, err), true))
}

// take notes a result and tells whether it is news.
func (w *watch) take(snapshot *Snapshot, err error) bool {
	if err != nil {
		news := w.err == nil || w.err.Error() != err.Error()
		w.err = err
		w.failures++
		return news
	}
	news := w.err != nil
	if !w.snapshot.sameAs(snapshot) {
		w.snapshot, news = snapshot, true // the old one stays otherwise, so that it is shared
	}
	w.err, w.failures = nil, 0
	return news
}

// interval is the smallest that a follower asks for.
func (p *Poller) interval(w *watch) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	shortest := time.Duration(0)
	for _, f := range w.followers {
		if shortest == 0 || f.interval < shortest {
			shortest = f.interval
		}
	}
	return max(shortest, time.Second)
}

const (
	maxDelay   = 10 * time.Minute // between looks that fail
	firstRetry = 5 * time.Second  // after trouble that may pass at once
)

// delay is the time between two looks. After failures it doubles up to maxDelay;
// trouble that may pass by itself is looked at again sooner at first. It is never
// the same twice, so that followers of one server spread out.
func (w *watch) delay(interval time.Duration) time.Duration {
	d := interval
	if w.failures > 0 {
		if kindOf(w.err) == KindTransient {
			d = min(d, firstRetry)
		}
		for range min(w.failures-1, 20) {
			d = min(2*d, max(interval, maxDelay))
		}
	}
	return time.Duration(float64(d) * (0.95 + rand.Float64()/10))
}
