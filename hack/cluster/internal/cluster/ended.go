package cluster

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/spotguide/spotguide/hack/cluster/internal/process"
)

// ended reports the processes that should run and do not.
func (s *starter) ended() error {
	var all []error
	for _, h := range s.started {
		if err := h.Err(); err != nil {
			all = append(all, explain(err, process.Tail(h.Spec.LogFile(), 100)))
		}
	}
	return errors.Join(all...)
}

// explain adds what to do where a component's own words, which may stand some
// way above its last ones, do not say it.
func explain(err error, log string) error {
	for words, advice := range map[string]string{
		"address already in use":  "another program took the port meanwhile: cluster down, then cluster up, takes other ports",
		"no space left on device": "the disk is full",
	} {
		if strings.Contains(log, words) {
			return fmt.Errorf("%w\n  %s", err, advice)
		}
	}
	return err
}

// leastFree is what etcd and the logs of a short life need.
const leastFree = 300 << 20

// enoughDisk refuses to start what would soon die in less clear words.
func (l Layout) enoughDisk() error {
	var stat unix.Statfs_t
	if err := unix.Statfs(l.Dir, &stat); err != nil {
		return fmt.Errorf("disk of %s: %w", l.Dir, err)
	}
	if free := stat.Bavail * uint64(stat.Bsize); free < leastFree {
		return fmt.Errorf("the disk of %s is full: %d MiB are free, a cluster needs %d", l.Dir, free>>20, leastFree>>20)
	}
	return nil
}
