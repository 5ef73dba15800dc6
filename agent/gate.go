package agent

import (
	"context"
	"sync"
	"time"
)

// gate lets the passes of applications go before the writing down of what they
// did: a push that changes a thousand applications is live first and in the
// books second.
type gate struct {
	slots chan struct{} // bounds the passes in flight

	mu   sync.Mutex
	busy int           // passes waiting or in flight
	idle chan struct{} // closed while busy is 0
}

func newGate(concurrency int) *gate {
	idle := make(chan struct{})
	close(idle)
	return &gate{slots: make(chan struct{}, concurrency), idle: idle}
}

// enter waits for a slot; leave must be called when it returns nil.
func (g *gate) enter(ctx context.Context) error {
	g.count(1)
	select {
	case g.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		g.count(-1)
		return ctx.Err()
	}
}

func (g *gate) leave() {
	<-g.slots
	g.count(-1)
}

func (g *gate) count(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.busy == 0 {
		g.idle = make(chan struct{})
	}
	g.busy += n
	if g.busy == 0 {
		close(g.idle)
	}
}

// quiet waits until no pass waits or runs, at most for the given time.
func (g *gate) quiet(ctx context.Context, most time.Duration) {
	g.mu.Lock()
	idle := g.idle
	g.mu.Unlock()
	timer := time.NewTimer(most)
	defer timer.Stop()
	select {
	case <-idle:
	case <-timer.C:
	case <-ctx.Done():
	}
}
