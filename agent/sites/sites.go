package sites

import (
	"context"
	"log/slog"
	"slices"
	"sync"

	"k8s.io/client-go/kubernetes"

	"github.com/spotguide/spotguide/agent/source"
	"github.com/spotguide/spotguide/monitor/failover"
	"github.com/spotguide/spotguide/sync/inventory"
)

// Sites keeps the applications of this cluster that fail over. Safe for concurrent
// use.
type Sites struct {
	client  kubernetes.Interface
	policy  func() source.Policy
	changed func(inventory.Owner)
	log     *slog.Logger

	mu   sync.Mutex
	all  map[inventory.Owner]*site
	said map[string]said // by namespace
	wake chan struct{}   // something to start
}

// said is what people have said of a namespace.
type said struct {
	approved  []string
	suspended bool
}

// New makes Sites that act with client in their own cluster, and reach others where
// the policy lets them. Changed is told when an application's standing is another
// one; it must not block.
func New(client kubernetes.Interface, policy func() source.Policy, changed func(inventory.Owner), log *slog.Logger) *Sites {
	return &Sites{
		client: client, policy: policy, changed: changed, log: log,
		all: map[inventory.Owner]*site{}, said: map[string]said{}, wake: make(chan struct{}, 1),
	}
}

// Run keeps the applications until ctx ends, and waits for what it started. Nothing
// is stopped then: the next agent goes on.
func (s *Sites) Run(ctx context.Context) error {
	var running sync.WaitGroup
	defer running.Wait()
	for {
		for _, one := range s.unstarted() {
			running.Go(func() { one.run(ctx) })
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.wake:
		}
	}
}

func (s *Sites) unstarted() (all []*site) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.all {
		if !one.started {
			one.started = true
			all = append(all, one)
		}
	}
	return all
}

// Follow keeps an application by these settings from now on.
func (s *Sites) Follow(owner inventory.Owner, settings failover.Settings) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one := s.all[owner]
	if one == nil {
		one = newSite(s, owner)
		s.all[owner] = one
		select {
		case s.wake <- struct{}{}:
		default:
		}
	}
	one.follow(settings)
}

// Forget leaves an application alone.
func (s *Sites) Forget(owner inventory.Owner) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if one := s.all[owner]; one != nil {
		close(one.over)
		delete(s.all, owner)
	}
}

// Standing is how an application stands; false where it does not fail over, or
// nobody has looked yet.
func (s *Sites) Standing(owner inventory.Owner) (Standing, bool) {
	s.mu.Lock()
	one := s.all[owner]
	s.mu.Unlock()
	if one == nil {
		return Standing{}, false
	}
	return one.standing()
}

// Runs tells which revision an application runs that was found healthy.
func (s *Sites) Runs(owner inventory.Owner, revision string) {
	s.mu.Lock()
	one := s.all[owner]
	s.mu.Unlock()
	if one != nil {
		one.runs(revision)
	}
}

// Say hands over what people have approved of in a namespace, and whether they have
// suspended it: what is suspended does not become primary.
func (s *Sites) Say(namespace string, approved []string, suspended bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if was := s.said[namespace]; slices.Equal(was.approved, approved) && was.suspended == suspended {
		return
	}
	s.said[namespace] = said{slices.Clone(approved), suspended}
	for owner, one := range s.all {
		if owner.Namespace == namespace {
			one.nudge()
		}
	}
}

func (s *Sites) heard(namespace string) said {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.said[namespace]
}

// Owners are the applications of a namespace that are kept.
func (s *Sites) Owners(namespace string) (all []inventory.Owner) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for owner := range s.all {
		if owner.Namespace == namespace {
			all = append(all, owner)
		}
	}
	return all
}
