package agent

import (
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/agent/status"
)

// origin says which namespaces a rule promotes from.
type origin struct {
	repository  string
	path        string
	environment string
	// fed: environment.yaml says what feeds the environment, a ref, or else a
	// rule. A namespace that was set up to follow something else is no source:
	// whoever may annotate some namespace could otherwise feed this one with a
	// branch of his own.
	fed bool
	ref string
}

// matches tells whether a namespace is a source.
func (o origin) matches(b binding.Binding) bool {
	switch {
	case address(b.Repository) != o.repository || b.Path != o.path || b.Environment != o.environment:
		return false
	case !o.fed:
		return true
	case o.ref != "":
		return b.Promoted == "" && (b.Ref == "" || b.Ref == o.ref)
	}
	return b.Ref == ""
}

// address is a repository's address without the endings that make no difference.
func address(repository string) string {
	return strings.TrimSuffix(strings.TrimRight(repository, "/"), ".git")
}

// fed are the namespaces whose rule waits for others, and how those stood when
// they were looked at last.
type fed struct {
	complete bool              // all namespaces are known
	origins  map[string]origin // by namespace that is fed
	stood    map[string]standing
}

// watchOrigin has a tenant woken when a source changes; standings are the sources
// as they are. complete tells whether they are all of them.
func (b *bindings) watchOrigin(t *tenant, o origin) (sources []standing, complete bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fed.origins[t.namespace] = o
	for _, other := range b.tenants {
		if other.namespace != t.namespace && o.matches(other.wanted) {
			sources = append(sources, other.ledger.standing())
		}
	}
	slices.SortFunc(sources, func(a, b standing) int { return strings.Compare(a.namespace, b.namespace) })
	return sources, b.fed.complete
}

// unwatchOrigin ends what watchOrigin began.
func (b *bindings) unwatchOrigin(t *tenant) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.fed.origins, t.namespace)
}

// wakeFed wakes those who are fed from a repository. It is called with mu held.
func (b *bindings) wakeFed(repository string) {
	for namespace, o := range b.fed.origins {
		if t := b.tenants[namespace]; t != nil && o.repository == address(repository) {
			t.wake.nudge()
		}
	}
}

// stands takes note of how a namespace stands and wakes whom it feeds when that
// has changed. It is called with mu held.
func (b *bindings) stands(namespace string) {
	t := b.tenants[namespace]
	if t == nil || len(b.fed.origins) == 0 {
		return
	}
	now := t.ledger.standing()
	if reflect.DeepEqual(b.fed.stood[namespace], now) {
		return
	}
	b.fed.stood[namespace] = now
	b.wakeFed(t.wanted.Repository)
}

// allKnown tells that every namespace that there was at the start is known.
func (b *bindings) allKnown() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fed.complete = true
	for _, t := range b.tenants {
		t.wake.nudge()
	}
}

// standing is how the namespace stands for those that it feeds.
func (l *ledger) standing() standing {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := standing{namespace: l.namespace, unread: l.head.Phase == status.Failed && l.head.Settled == nil}
	if !l.fresh || l.head.Settled == nil {
		return s
	}
	settled := *l.head.Settled
	s.settled, s.suspended = &settled, l.head.Phase == status.Suspended
	s.healthy = l.head.Phase == "" && len(l.apps) > 0
	for _, a := range l.apps {
		s.healthy = s.healthy && a.Phase == status.Healthy
		s.since = latest(s.since, a.ChangedAt.Time)
		if a.Failed != nil {
			s.failed = append(s.failed, settled.Revision, a.Failed.Revision)
		}
	}
	slices.Sort(s.failed)
	s.failed = slices.Compact(s.failed)
	return s
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
