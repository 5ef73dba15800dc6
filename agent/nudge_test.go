package agent

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spotguide/spotguide/agent/source"
)

func TestNudgesAreOne(t *testing.T) {
	n := newNudge()
	for range 3 {
		n.nudge()
	}
	<-n
	select {
	case <-n:
		t.Error("three nudges were more than one")
	default:
	}
}

func TestBackoff(t *testing.T) {
	transient := &source.Error{Kind: source.KindTransient, Problem: "no answer"}
	permanent := errors.New("wrong")
	for name, test := range map[string]struct {
		failures []error
		want     time.Duration // before up to a tenth is added
	}{
		"transient":           {[]error{transient}, time.Second},
		"wrapped":             {[]error{fmt.Errorf("open: %w", transient)}, time.Second},
		"transient thrice":    {[]error{transient, transient, transient}, 4 * time.Second},
		"permanent":           {[]error{permanent}, 15 * time.Second},
		"permanent twice":     {[]error{permanent, permanent}, 30 * time.Second},
		"then permanent":      {[]error{transient, permanent}, 30 * time.Second},
		"six times":           {[]error{permanent, permanent, permanent, permanent, permanent, permanent}, 5 * time.Minute},
		"transient but often": {make([]error, 100), 5 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var b backoff
				var got time.Duration
				for _, err := range test.failures {
					if err == nil {
						err = transient
					}
					got = b.next(err)
				}
				if got < test.want || got > test.want+test.want/10+1 {
					t.Errorf("waits %s, want %s to %s", got, test.want, test.want+test.want/10)
				}
				if !b.waits() || b.left() != got {
					t.Errorf("waits: %t, left: %s; want %s", b.waits(), b.left(), got)
				}
				time.Sleep(got)
				if b.waits() || b.left() != time.Millisecond {
					t.Errorf("after that: waits: %t, left: %s", b.waits(), b.left())
				}
				b.reset()
				if again := b.next(transient); again > 2*time.Second {
					t.Errorf("after a success it waits %s", again)
				}
			})
		})
	}
}

func TestTemporary(t *testing.T) {
	transient := &source.Error{Kind: source.KindTransient}
	for name, test := range map[string]struct {
		err  error
		want bool
	}{
		"server":       {transient, true},
		"wrapped":      {fmt.Errorf("go back: %w", transient), true},
		"not found":    {&source.Error{Kind: source.KindNotFound}, false},
		"anything":     {errors.New("wrong"), false},
		"out of time":  {context.DeadlineExceeded, true},
		"joined twice": {errors.Join(transient, transient), true},
	} {
		if got := temporary(test.err); got != test.want {
			t.Errorf("%s: temporary is %t", name, got)
		}
	}
}

func TestPanicked(t *testing.T) {
	err := panicked("boom")
	if err == nil || temporary(err) {
		t.Errorf("a panic is told as %v and tried again soon: %t", err, temporary(err))
	}
}
