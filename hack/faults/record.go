package main

import (
	"fmt"
	"strings"
	"time"
)

// step is a number from a time on.
type step struct {
	at time.Duration
	n  int
}

// record is how a number changed.
type record []step

// note returns the record with what the number is now.
func (r record) note(at time.Duration, n int) record {
	if len(r) > 0 && r[len(r)-1].n == n {
		return r
	}
	return append(r, step{at, n})
}

// first is how long after a time the number was one that is looked for.
func (r record) first(from time.Duration, is func(int) bool) (time.Duration, bool) {
	for i, s := range r {
		over := i+1 < len(r) && r[i+1].at <= from
		if !over && is(s.n) {
			return max(0, s.at-from), true
		}
	}
	return 0, false
}

// after tells first in words.
func (r record) after(from time.Duration, is func(int) bool) string {
	d, ok := r.first(from, is)
	if !ok {
		return "never while it was watched"
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

func (r record) most() (n int) {
	for _, s := range r {
		n = max(n, s.n)
	}
	return n
}

// turns counts how often the number went the other way than before.
func (r record) turns() (n int) {
	last := 0
	for i := 1; i < len(r); i++ {
		way := 1
		if r[i].n < r[i-1].n {
			way = -1
		}
		if last != 0 && way != last {
			n++
		}
		last = way
	}
	return n
}

// atLeast and atMost are what records are searched for.
func atLeast(n int) func(int) bool { return func(is int) bool { return is >= n } }
func atMost(n int) func(int) bool  { return func(is int) bool { return is <= n } }

// at is the number now.
func (r record) at() int {
	if len(r) == 0 {
		return 0
	}
	return r[len(r)-1].n
}

// tell writes the record in words.
func (r record) tell() string {
	var words []string
	for _, s := range r {
		words = append(words, fmt.Sprintf("%d from %.1fs", s.n, s.at.Seconds()))
	}
	return strings.Join(words, ", ")
}
