package agent

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/spotguides/guide"
)

// standing is how a namespace that others are promoted from stands.
type standing struct {
	namespace string
	settled   *status.Settled // nil: unknown so far
	unread    bool            // it has never been able to read the repository
	healthy   bool            // everything is, at what has settled
	since     time.Time       // when it became so
	suspended bool
	// failed are the revisions that its own health check went back from.
	failed []string
}

// promotion is what decide is about: a namespace that is fed from an environment
// of the same repository.
type promotion struct {
	namespace string
	rule      guide.Promote
	// pinned says why a person does not want anything newer; empty when nobody
	// minds.
	pinned  string
	sources []standing
	// complete: all namespaces that could be sources are known.
	complete bool
	// starting: this agent has not known yet how all sources stand.
	starting bool
}

// decide tells what is followed from now on, and when to look again should
// nothing change before; the zero time is never. It is pure.
//
// A revision comes in once every namespace of the environment that it comes from
// has been healthy with it for the rule's time. Nothing goes back by itself: what
// is older there, is waited through. The one exception is a revision that was
// promoted and then failed its health check there: it was let in on a promise that
// it has not kept, so what ran before comes back, unless the rule wants a person
// to decide.
func (p promotion) decide(now time.Time, was status.Promotion) (status.Promotion, time.Time) {
	next := was
	next.Environment, next.Waiting, next.Message = p.rule.From, "", ""
	found, why := p.candidate()
	switch {
	case was.Revision != "" && p.failedThere(was.Revision):
		return p.goBack(now, next), time.Time{}
	case p.starting && p.unsettled() && was.Waiting != "" && was.Environment == p.rule.From:
		return was, time.Time{} // an earlier agent has told it, and nothing is known against it
	case found.settled == nil:
		next.Message = why
		return next, time.Time{}
	case sameCommit(found.settled.Revision, was.Revision):
		return next, time.Time{}
	case older(*found.settled, was):
		next.Message = fmt.Sprintf("%s is at %s, which is older than %s; nothing goes back by itself: `spotguide promote --from NAMESPACE -n %s` does",
			p.rule.From, short(found.settled.Revision), short(was.Revision), p.namespace)
		return next, time.Time{}
	case why != "":
		next.Message = why
		return next, time.Time{}
	}
	if due := found.since.Add(p.rule.After.Duration); now.Before(due) {
		next.Message = fmt.Sprintf("%s is healthy in %s since %s and comes in at %s",
			short(found.settled.Revision), p.rule.From, clock(found.since), clock(due))
		if p.rule.Approval {
			next.Message = fmt.Sprintf("%s is healthy in %s since %s and may be promoted at %s",
				short(found.settled.Revision), p.rule.From, clock(found.since), clock(due))
		}
		return next, due
	}
	switch {
	case p.pinned != "":
		next.Message = fmt.Sprintf("%s is healthy in %s, but %s", short(found.settled.Revision), p.rule.From, p.pinned)
	case p.rule.Approval:
		next.Waiting = found.settled.Revision
		next.Message = fmt.Sprintf("%s is healthy in %s since %s, waits for `spotguide promote -n %s`",
			short(found.settled.Revision), p.rule.From, clock(found.since), p.namespace)
	default:
		next = status.Promotion{
			Environment: p.rule.From, From: p.rule.From, Revision: found.settled.Revision, CommittedAt: found.settled.CommittedAt, At: now, Previous: was.Revision,
		}
	}
	return next, time.Time{}
}

// candidate is the standing that all sources share, the latest to have become
// healthy, and why it may not be promoted. Messages name the environment only:
// who else follows the repository is nobody's business.
func (p promotion) candidate() (standing, string) {
	from := p.rule.From
	readers := slices.DeleteFunc(slices.Clone(p.sources), func(s standing) bool { return s.unread })
	switch {
	case p.unsettled():
		return standing{}, fmt.Sprintf("%s has not settled yet", from)
	case len(p.sources) == 0:
		return standing{}, fmt.Sprintf("waits for a namespace of environment %s: annotate one with the same repository and path, and %s=%s",
			from, binding.Environment, from)
	case len(readers) == 0:
		return standing{}, fmt.Sprintf("%s cannot read the repository", from)
	}
	latest := readers[0]
	for _, s := range readers[1:] {
		if !sameCommit(s.settled.Revision, latest.settled.Revision) {
			return standing{}, fmt.Sprintf("the %d namespaces of %s are at different revisions", len(readers), from)
		}
		if s.since.After(latest.since) {
			latest.since = s.since
		}
	}
	healthy := 0
	for _, s := range readers {
		if s.suspended {
			return latest, from + " is suspended"
		}
		if s.healthy {
			healthy++
		}
	}
	switch {
	case healthy == len(readers):
		return latest, ""
	case len(readers) == 1:
		return latest, fmt.Sprintf("%s is not healthy in %s", short(latest.settled.Revision), from)
	}
	return latest, fmt.Sprintf("%s is healthy in %d of the %d namespaces of %s", short(latest.settled.Revision), healthy, len(readers), from)
}

// unsettled tells that it is not known yet how all sources stand.
func (p promotion) unsettled() bool {
	return !p.complete || slices.ContainsFunc(p.sources, func(s standing) bool { return s.settled == nil && !s.unread })
}

// failedThere tells that a source has given the revision up.
func (p promotion) failedThere(revision string) bool {
	return slices.ContainsFunc(p.sources, func(s standing) bool {
		return slices.ContainsFunc(s.failed, func(failed string) bool { return sameCommit(failed, revision) })
	})
}

// goBack follows what was followed before, or leaves that to a person.
func (p promotion) goBack(now time.Time, next status.Promotion) status.Promotion {
	failed := next.Revision
	if next.Previous == "" || p.rule.Approval || next.ByHand || p.pinned != "" {
		next.Message = fmt.Sprintf("%s has failed in %s after it was promoted; `spotguide rollback -n %s` goes back", short(failed), p.rule.From, p.namespace)
		return next
	}
	return status.Promotion{
		Environment: p.rule.From, From: p.rule.From, Revision: next.Previous, At: now,
		Message: fmt.Sprintf("%s has failed in %s after it was promoted; back at %s", short(failed), p.rule.From, short(next.Previous)),
	}
}

// older tells that what has settled there comes before what is followed here: it
// was followed before, or committed earlier.
func older(there status.Settled, here status.Promotion) bool {
	if here.Revision == "" {
		return false
	}
	return sameCommit(there.Revision, here.Previous) || there.CommittedAt.Before(here.CommittedAt)
}

func clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 MST") }

// sameCommit tells whether two revisions are the same commit, whatever led to it.
func sameCommit(a, b string) bool { return commitOf(a) == commitOf(b) }

func commitOf(revision string) string {
	if _, commit, ok := strings.Cut(revision, "sha1:"); ok {
		return commit
	}
	return revision
}
