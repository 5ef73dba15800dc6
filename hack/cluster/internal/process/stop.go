package process

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"
)

// Stop asks the processes to end and, after the grace, makes them. It returns
// when none runs any more.
func Stop(ctx context.Context, grace time.Duration, records ...Record) error {
	signal(syscall.SIGTERM, records)
	if waitGone(ctx, grace, records) {
		return nil
	}
	signal(syscall.SIGKILL, records)
	if waitGone(ctx, 10*time.Second, records) {
		return nil
	}
	var left []error
	for _, r := range records {
		if r.Alive() {
			left = append(left, fmt.Errorf("%s (process %d) does not end", r.Name, r.PID))
		}
	}
	return errors.Join(append(left, ctx.Err())...)
}

// signal ignores the processes' having ended meanwhile, which is the aim.
func signal(sig syscall.Signal, records []Record) {
	for _, r := range records {
		if r.Alive() {
			_ = syscall.Kill(r.PID, sig)
		}
	}
}

func waitGone(ctx context.Context, limit time.Duration, records []Record) bool {
	deadline := time.Now().Add(limit)
	for {
		alive := false
		for _, r := range records {
			alive = alive || r.Alive()
		}
		if !alive {
			return true
		}
		if time.Now().After(deadline) || ctx.Err() != nil {
			return false
		}
		time.Sleep(20 * time.Millisecond)
	}
}
