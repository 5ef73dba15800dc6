package overview

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/fleet"
)

// Candidate is a revision that the namespace ran before.
type Candidate struct {
	Revision string `json:"revision"`
	// At is when it was last heard of.
	At time.Time `json:"at,omitzero"`
	// Healthy are the applications that were healthy at it.
	Healthy []string `json:"healthy,omitempty"`
}

// Candidates are the revisions that a namespace can go back to as far as its
// history reaches, newest first. What runs now is none of them.
func Candidates(n fleet.Namespace) []Candidate {
	found := map[string]*Candidate{}
	note := func(revision, healthy string, at time.Time) {
		if revision == "" || revision == n.Status.Revision {
			return
		}
		c := found[revision]
		if c == nil {
			c = &Candidate{Revision: revision}
			found[revision] = c
		}
		if at.After(c.At) {
			c.At = at
		}
		if healthy != "" && !slices.Contains(c.Healthy, healthy) {
			c.Healthy = append(c.Healthy, healthy)
		}
	}
	for _, a := range n.Status.Applications {
		note(a.LastHealthy, a.Name, time.Time{})
		for _, e := range a.History {
			healthy := ""
			if e.Reason == string(status.Healthy) {
				healthy = a.Name
			}
			note(e.Revision, healthy, e.At)
		}
	}
	var all []Candidate
	for _, c := range found {
		all = append(all, *c)
	}
	slices.SortFunc(all, func(a, b Candidate) int {
		if c := b.At.Compare(a.At); c != 0 {
			return c
		}
		return strings.Compare(a.Revision, b.Revision)
	})
	return all
}

// LastHealthy is the newest candidate at which an application was healthy, or
// why there is none to choose.
func LastHealthy(candidates []Candidate) (string, error) {
	for _, c := range candidates {
		if len(c.Healthy) > 0 {
			return c.Revision, nil
		}
	}
	if len(candidates) == 0 {
		return "", fmt.Errorf("nothing else has run here yet")
	}
	return "", fmt.Errorf("no other revision is known to have been healthy")
}

// Resolve is the whole revision that written means: one of the candidates by its
// first digits, or what is written itself when it is a whole commit.
func Resolve(written string, candidates []Candidate) (string, error) {
	var matches []string
	for _, c := range candidates {
		if names(written, c.Revision) {
			matches = append(matches, c.Revision)
		}
	}
	_, digits, _ := strings.Cut(written, "@sha1:")
	switch {
	case len(matches) == 1:
		return matches[0], nil
	case len(matches) > 1:
		return "", fmt.Errorf("%s could be %s: give more digits", written, strings.Join(matches, " or "))
	case len(digits) == 40 || len(written) == 40:
		return written, nil
	}
	return "", fmt.Errorf("%s is not in the history: give the commit's 40 digits", written)
}

// names tells whether what a person wrote means the revision: in whole, as in
// the table (main@1a2b3c4), or the commit's first digits.
func names(written, revision string) bool {
	if written == revision {
		return true
	}
	ref, commit, ok := strings.Cut(revision, "@sha1:")
	at := strings.LastIndex(written, "@")
	if at >= 0 && written[:at] != ref {
		return false
	}
	digits := strings.TrimPrefix(written[at+1:], "sha1:")
	return ok && len(digits) >= 4 && strings.HasPrefix(commit, digits)
}
