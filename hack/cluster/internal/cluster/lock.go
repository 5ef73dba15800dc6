package cluster

import (
	"context"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// lock waits until no other command changes the cluster. The folder is made
// if it is not there; unlock lets the next one in.
func (l Layout) lock(ctx context.Context) (unlock func(), err error) {
	for {
		if err := os.MkdirAll(l.Dir, 0o755); err != nil {
			return nil, fmt.Errorf("cluster's folder: %w", err)
		}
		f, err := os.OpenFile(l.Path("lock"), os.O_CREATE|os.O_RDWR|unix.O_CLOEXEC, 0o644)
		if os.IsNotExist(err) {
			continue // a down removed the folder just now
		}
		if err != nil {
			return nil, fmt.Errorf("lock: %w", err)
		}
		if err := flock(ctx, f); err != nil {
			f.Close()
			return nil, err
		}
		if l.stillThere(f) {
			return func() { f.Close() }, nil
		}
		f.Close()
	}
}

// stillThere says whether the locked file is the one in the folder: the
// holder before us may have been a down, which removes it.
func (l Layout) stillThere(f *os.File) bool {
	mine, err := f.Stat()
	if err != nil {
		return false
	}
	now, err := os.Stat(l.Path("lock"))
	return err == nil && os.SameFile(mine, now)
}

func flock(ctx context.Context, f *os.File) error {
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return nil
		}
		if err != unix.EWOULDBLOCK && err != unix.EINTR {
			return fmt.Errorf("lock %s: %w", f.Name(), err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("another command works on this cluster (%s is locked): %w", f.Name(), ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}
