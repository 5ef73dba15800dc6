package render

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// pool keeps workers for the next rendering and bounds how many there are.
type pool struct {
	command []string
	limits  Limits
	// slots holds one token for each worker that may be busy.
	slots chan struct{}

	mu   sync.Mutex
	idle []*process
}

func newPool(command []string, size int, limits Limits) *pool {
	return &pool{command: command, limits: limits, slots: make(chan struct{}, size)}
}

// render gives the job to a worker. The time it may take begins then.
func (p *pool) render(ctx context.Context, j job) (Result, error) {
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		return Result{Inputs: []string{j.Dir}}, fmt.Errorf("render %s: wait for a worker: %w", j.App, context.Cause(ctx))
	}
	defer func() { <-p.slots }()
	for {
		w, fresh, err := p.take()
		if err != nil {
			return Result{Inputs: []string{j.Dir}}, fmt.Errorf("render %s: %w", j.App, err)
		}
		result, err := w.render(ctx, j)
		if w.isAlive() {
			p.put(w)
		}
		// An idle worker may end just when it is given something to do.
		if errors.Is(err, errStale) && !fresh {
			continue
		}
		return result, err
	}
}

// take gives the worker that was idle last, or a new one.
func (p *pool) take() (w *process, fresh bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.idle) > 0 {
		last := len(p.idle) - 1
		w, p.idle = p.idle[last], p.idle[:last]
		if w.isAlive() {
			return w, false, nil
		}
	}
	w, err = start(p.command, p.limits)
	return w, true, err
}

func (p *pool) put(w *process) {
	w.stderr.forget()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, w)
}

// close ends the idle workers. None may be busy.
func (p *pool) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, w := range p.idle {
		w.dismiss()
	}
	p.idle = nil
	return nil
}
