package agent

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestGateBoundsPasses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(2)
		entered := make(chan int, 3)
		leave := make(chan struct{})
		for i := range 3 {
			go func() {
				if err := g.enter(t.Context()); err != nil {
					t.Error(err)
				}
				entered <- i
				<-leave
				g.leave()
			}()
		}
		synctest.Wait()
		if len(entered) != 2 || g.busy != 3 {
			t.Errorf("%d are in and %d busy; want 2 and 3", len(entered), g.busy)
		}
		leave <- struct{}{}
		synctest.Wait()
		if len(entered) != 3 || g.busy != 2 {
			t.Errorf("after one left, %d were in and %d are busy; want 3 and 2", len(entered), g.busy)
		}
		close(leave)
		synctest.Wait()
		if g.busy != 0 {
			t.Errorf("%d are busy after all have left", g.busy)
		}
	})
}

// TestGateQuiet: whoever waits for quiet goes on when the last pass has ended, or
// when the time is up, or when nobody needs it any longer.
func TestGateQuiet(t *testing.T) {
	for name, test := range map[string]struct {
		passes []time.Duration // how long each takes, one after another's start
		cancel time.Duration
		want   time.Duration
	}{
		"idle":           {want: 0},
		"one pass":       {passes: []time.Duration{time.Second}, want: time.Second},
		"the longest":    {passes: []time.Duration{time.Second, 3 * time.Second}, want: 3 * time.Second},
		"one that waits": {passes: []time.Duration{time.Second, time.Second, time.Second}, want: 2 * time.Second},
		"time is up":     {passes: []time.Duration{time.Hour}, want: 5 * time.Second},
		"cancelled":      {passes: []time.Duration{time.Hour}, cancel: 2 * time.Second, want: 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newGate(2)
				for _, length := range test.passes {
					go func() {
						if err := g.enter(t.Context()); err != nil {
							t.Error(err)
						}
						select {
						case <-time.After(length):
						case <-t.Context().Done(): // the test's end
						}
						g.leave()
					}()
				}
				synctest.Wait()
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if test.cancel > 0 {
					time.AfterFunc(test.cancel, cancel)
				}
				start := time.Now()
				g.quiet(ctx, 5*time.Second)
				if waited := time.Since(start); waited != test.want {
					t.Errorf("waited %s, want %s", waited, test.want)
				}
			})
		})
	}
}

// TestGateGivenUp: a pass that was given up while it waited is not busy.
func TestGateGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(1)
		if err := g.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := g.enter(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("entered a gate that is full: %v", err)
		}
		if g.busy != 1 {
			t.Errorf("%d are busy, want the one that is in", g.busy)
		}
		g.leave()
		start := time.Now()
		g.quiet(t.Context(), time.Hour)
		if waited := time.Since(start); waited != 0 {
			t.Errorf("the idle gate was quiet only after %s", waited)
		}
	})
}
