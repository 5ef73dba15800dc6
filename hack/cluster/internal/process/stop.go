package process

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"
)

// Kill ends the processes at once, all that still run, and returns when none
// does. Whoever calls it throws their data away too, so none needs the time to
// put it in order.
func Kill(ctx context.Context, records ...Record) error {
	for _, r := range records {
		if r.Alive() {
			// one that ended meanwhile is what is wanted
			_ = syscall.Kill(r.PID, syscall.SIGKILL)
		}
	}
	for range 500 {
		if len(alive(records)) == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
	var left []error
	for _, r := range alive(records) {
		left = append(left, fmt.Errorf("%s (process %d) does not end", r.Name, r.PID))
	}
	return errors.Join(left...)
}

func alive(records []Record) []Record {
	var running []Record
	for _, r := range records {
		if r.Alive() {
			running = append(running, r)
		}
	}
	return running
}
