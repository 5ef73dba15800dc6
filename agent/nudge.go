package agent

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"github.com/spotguide/spotguide/sync/apply"
)

// nudge wakes a goroutine; any number of nudges before it looks are one.
type nudge chan struct{}

func newNudge() nudge { return make(nudge, 1) }

func (n nudge) nudge() {
	select {
	case n <- struct{}{}:
	default:
	}
}

// backoff spaces the tries of one application.
type backoff struct {
	tries int
	until time.Time
	key   string // of what is being tried; something else is tried at once
}

// The bounds of the time between two tries. What a person has to mend is tried
// more seldom from the start, for a commit or an annotation wakes it anyway.
const (
	firstTransient = time.Second
	firstPermanent = 15 * time.Second
	longest        = 5 * time.Minute
)

// next notes a failure and tells how long to wait.
func (b *backoff) next(err error) time.Duration {
	first := firstPermanent
	if temporary(err) {
		first = firstTransient
	}
	wait := min(first<<min(b.tries, 10), longest)
	wait += rand.N(wait/10 + 1) // so that a thousand do not try in step
	b.tries++
	b.until = time.Now().Add(wait)
	return wait
}

// temporary tells that trying again soon may help: of several failures, all of
// them have to be of that sort.
func temporary(err error) bool {
	var one interface{ Temporary() bool }
	return apply.Temporary(err) || errors.As(err, &one) && one.Temporary() && len(apply.Failures(err)) == 0
}

func (b *backoff) reset()              { *b = backoff{} }
func (b *backoff) waits() bool         { return time.Now().Before(b.until) }
func (b *backoff) left() time.Duration { return max(time.Until(b.until), time.Millisecond) }

// panicked is a recovered panic as an error that a person can report.
func panicked(p any) error {
	return fmt.Errorf("this is a fault of spotguide, please report it: panic: %v\n%s", p, debug.Stack())
}
