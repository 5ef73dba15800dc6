package cluster

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/spotguide/spotguide/hack/cluster/internal/process"
)

// starter starts processes that do not run yet and waits for what they do.
type starter struct {
	layout Layout
	say    func(format string, args ...any)
	client *http.Client
	// started are those that this command started and so can see end.
	started []*process.Handle
}

func newStarter(l Layout, say func(string, ...any)) *starter {
	return &starter{layout: l, say: say}
}

// ensure starts the process unless it runs already.
func (s *starter) ensure(ctx context.Context, spec process.Spec) error {
	r, err := process.ReadRecord(spec.RecordFile())
	if err == nil && r.Alive() {
		return nil
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	h, err := process.Start(ctx, spec)
	if err != nil {
		return err
	}
	s.started = append(s.started, h)
	return nil
}

// waitFor asks until check has no error. It gives up at once when a process
// that this command started has ended, and says then which and why.
func (s *starter) waitFor(ctx context.Context, what string, limit time.Duration, check func(context.Context) error) error {
	begin := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("not within %s", limit))
	defer cancel()
	said := false
	for {
		err := check(ctx)
		if err == nil {
			if said {
				s.say("  %s: ready after %.1f s", what, time.Since(begin).Seconds())
			}
			return nil
		}
		if err := s.ended(); err != nil {
			return fmt.Errorf("waiting for %s: %w", what, err)
		}
		if !said && time.Since(begin) > time.Second {
			s.say("  waiting for %s", what)
			said = true
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w; last: %w", what, context.Cause(ctx), err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}
