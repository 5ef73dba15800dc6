package source

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/spotguide/spotguide/test/gitserver"
)

// clockwork is a Fetcher for tests of time: it counts, and answers with what it
// is told.
type clockwork struct {
	mu       sync.Mutex
	fetched  []time.Time
	revision string
	err      error
	takes    time.Duration
}

func (c *clockwork) Fetch(ctx context.Context, repo Repository, ref Reference) (*Snapshot, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.fetched = append(c.fetched, time.Now())
	if c.takes > 0 {
		c.mu.Unlock()
		time.Sleep(c.takes)
		c.mu.Lock()
	}
	if c.err != nil {
		return nil, c.err
	}
	return &Snapshot{Repository: repo.URL, Reference: ref.String(), Revision: c.revision, fs: &treeFS{tree: &tree{}}}, nil
}

func (c *clockwork) set(revision string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.revision, c.err = revision, err
}

// count returns the fetches since it was called last.
func (c *clockwork) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := len(c.fetched)
	c.fetched = nil
	return n
}

// polling runs a poller in a bubble of synctest.
func polling(t *testing.T, test func(*Poller, *clockwork, func() *Update)) {
	synctest.Test(t, func(t *testing.T) {
		c := &clockwork{revision: "main@sha1:1"}
		p := NewPoller(c, slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- p.Run(ctx) }()
		next := func() *Update {
			synctest.Wait()
			select {
			case u := <-p.Updates():
				synctest.Wait()
				return &u
			default:
				return nil
			}
		}
		test(p, c, next)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

var app = Repository{URL: "https://github.com/acme/app.git"}

func TestPollerTicks(t *testing.T) {
	polling(t, func(p *Poller, c *clockwork, next func() *Update) {
		p.Follow("b", app, Reference{}, time.Minute)
		next()
		p.Follow("a", app, Reference{}, 10*time.Minute)
		u := next()
		if u == nil || !slices.Equal(u.Keys, []string{"a"}) || u.Snapshot.Revision != "main@sha1:1" || u.Err != nil {
			t.Fatalf("got %+v", u)
		}
		if c.count() != 1 {
			t.Error("more than one look for two followers")
		}
		time.Sleep(10 * time.Minute)
		if u := next(); u != nil {
			t.Errorf("nothing new, yet: %+v", u)
		}
		if n := c.count(); n < 9 || n > 11 {
			t.Errorf("%d looks in ten minutes; want the smallest interval, a minute", n)
		}
		c.set("main@sha1:2", nil)
		time.Sleep(66 * time.Second)
		if u := next(); u == nil || u.Snapshot.Revision != "main@sha1:2" || !slices.Equal(u.Keys, []string{"a", "b"}) {
			t.Errorf("got %+v", u)
		}
		p.Unfollow("b")
		next()
		c.count()
		time.Sleep(time.Hour)
		if n := c.count(); n < 5 || n > 7 {
			t.Errorf("%d looks in an hour at an interval of ten minutes", n)
		}
		p.Unfollow("a")
		next()
		time.Sleep(time.Hour)
		if n := c.count(); n > 0 {
			t.Errorf("%d looks that nobody follows", n)
		}
	})
}

func TestPollerJitter(t *testing.T) {
	w, seen := &watch{}, map[time.Duration]bool{}
	for range 100 {
		d := w.delay(time.Minute)
		if d < 57*time.Second || d > 63*time.Second {
			t.Fatalf("%s is off by more than 5 %%", d)
		}
		seen[d] = true
	}
	if len(seen) < 50 {
		t.Errorf("only %d delays of 100 differ", len(seen))
	}
}

func TestPollerLateFollowersShareTheSnapshot(t *testing.T) {
	polling(t, func(p *Poller, c *clockwork, next func() *Update) {
		p.Follow("a", app, Reference{}, time.Hour)
		first := next()
		p.Follow("b", app, Reference{}, time.Hour)
		u := next()
		if u == nil || !slices.Equal(u.Keys, []string{"b"}) || u.Snapshot != first.Snapshot {
			t.Errorf("got %+v", u)
		}
		p.Follow("b", app, Reference{}, time.Hour)
		if u := next(); u != nil {
			t.Errorf("following the same again: %+v", u)
		}
		if n := c.count(); n != 1 {
			t.Errorf("%d looks", n)
		}
		p.Follow("b", app, Reference{}, 5*time.Second) // a smaller interval counts at once
		time.Sleep(6 * time.Second)
		next()
		if n := c.count(); n != 1 {
			t.Errorf("%d looks", n)
		}
	})
}

func TestPollerErrors(t *testing.T) {
	polling(t, func(p *Poller, c *clockwork, next func() *Update) {
		c.set("", &Error{Kind: KindTransient, Problem: "down"})
		p.Follow("a", app, Reference{}, time.Minute)
		if u := next(); u == nil || kindOf(u.Err) != KindTransient || u.Snapshot != nil {
			t.Fatalf("got %+v", u)
		}
		time.Sleep(20 * time.Second) // after 5 and 10 seconds more
		if u := next(); u != nil {
			t.Errorf("the same error again: %+v", u)
		}
		if n := c.count(); n != 3 {
			t.Errorf("%d looks in the first 20 seconds", n)
		}
		time.Sleep(time.Hour)
		c.count()
		time.Sleep(time.Hour)
		if n := c.count(); n < 5 || n > 7 {
			t.Errorf("%d looks in an hour; want one every ten minutes", n)
		}
		c.set("", &Error{Kind: KindAuth, Problem: "no"})
		time.Sleep(11 * time.Minute)
		if u := next(); u == nil || kindOf(u.Err) != KindAuth {
			t.Errorf("another error: %+v", u)
		}
		c.set("main@sha1:1", nil)
		p.Nudge(app.URL) // does not wait for the ten minutes
		if u := next(); u == nil || u.Err != nil {
			t.Errorf("works again: %+v", u)
		}
		c.set("", errors.New("down"))
		time.Sleep(63 * time.Second)
		if u := next(); u == nil || u.Err == nil {
			t.Errorf("down: %+v", u)
		}
		c.set("main@sha1:1", nil)
		time.Sleep(130 * time.Second)
		if u := next(); u == nil || u.Err != nil || u.Snapshot.Revision != "main@sha1:1" {
			t.Errorf("works again with the same revision: %+v", u)
		}
	})
}

func TestPollerNudges(t *testing.T) {
	polling(t, func(p *Poller, c *clockwork, next func() *Update) {
		p.Follow("a", app, Reference{}, time.Hour)
		p.Follow("b", app, Reference{}, time.Hour)
		p.Follow("c", Repository{URL: "git@github.com:acme/App"}, Reference{}, time.Hour)
		p.Follow("d", Repository{URL: "https://github.com/acme/other"}, Reference{}, time.Hour)
		for next() != nil {
		}
		c.count()
		c.takes = time.Second
		for range 100 {
			if n := p.Nudge("ssh://git@GitHub.com:22/acme/app"); n != 3 {
				t.Fatalf("%d followers; want 3", n)
			}
		}
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if n := c.count(); n > 4 { // one under way and one after it, for each address
			t.Errorf("%d looks for a hundred nudges", n)
		}
		if u := next(); u != nil {
			t.Errorf("a nudge without news: %+v", u)
		}
		c.takes = 0
		p.NudgeKey("b")
		if u := next(); u == nil || !slices.Equal(u.Keys, []string{"b"}) {
			t.Errorf("NudgeKey: %+v", u)
		}
		p.Nudge(app.URL)
		if u := next(); u != nil {
			t.Errorf("and once only: %+v", u)
		}
		for _, nobody := range []string{"https://github.com/acme/ap", "", "://", "https://gitlab.com/acme/app"} {
			if n := p.Nudge(nobody); n != 0 {
				t.Errorf("%q has %d followers", nobody, n)
			}
		}
		p.NudgeKey("nobody")
	})
}

func TestPollerChangeOfMind(t *testing.T) {
	polling(t, func(p *Poller, c *clockwork, next func() *Update) {
		p.Follow("a", app, Reference{}, time.Hour)
		next()
		p.Follow("a", app, reference(t, "dev"), time.Hour)
		if u := next(); u == nil || u.Snapshot.Reference != "dev" {
			t.Errorf("got %+v", u)
		}
		p.Follow("a", Repository{URL: app.URL, Credentials: Credentials{Bearer: "new"}}, reference(t, "dev"), time.Hour)
		if u := next(); u == nil {
			t.Error("new credentials are not tried")
		}
		if len(p.watches) != 1 {
			t.Errorf("%d watches", len(p.watches))
		}
	})
}

// A consumer that does not take Updates holds up what it does not take, and
// gets the latest state in the end.
func TestPollerSlowConsumer(t *testing.T) {
	polling(t, func(p *Poller, c *clockwork, next func() *Update) {
		p.Follow("a", app, Reference{}, 5*time.Second)
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := c.count(); n != 1 {
			t.Errorf("%d looks ahead of the consumer", n)
		}
		c.set("main@sha1:2", nil)
		next()
		if u := next(); u == nil || u.Snapshot.Revision != "main@sha1:2" {
			t.Errorf("got %+v", u)
		}
	})
}

// TestThousandFollowers: with a real server, a thousand followers of one
// repository cost one request a tick.
func TestThousandFollowers(t *testing.T) {
	f := newFixture(t)
	f.commit("main", "first", map[string]string{"a": "1"})
	var listings atomic.Int32
	git := f.Handler(gitserver.HTTP{})
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			listings.Add(1)
		}
		git.ServeHTTP(w, r)
	}))
	defer h.Close()
	p := NewPoller(newStore(t, Limits{}), slog.New(slog.DiscardHandler))
	repo := Repository{URL: h.URL + "/app"}
	for i := range 1000 {
		p.Follow(fmt.Sprintf("ns-%d", i), repo, Reference{}, time.Hour)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx) }()
	u := <-p.Updates()
	if len(u.Keys) != 1000 || u.Err != nil {
		t.Fatalf("%d keys, %v", len(u.Keys), u.Err)
	}
	wantFile(t, u.Snapshot, "a", "1")
	f.commit("main", "second", map[string]string{"a": "2"})
	if n := p.Nudge(repo.URL); n != 1000 {
		t.Errorf("%d followers", n)
	}
	u = <-p.Updates()
	if len(u.Keys) != 1000 {
		t.Errorf("%d keys", len(u.Keys))
	}
	wantFile(t, u.Snapshot, "a", "2")
	if n := listings.Load(); n != 2 {
		t.Errorf("%d requests for the references; want 2", n)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
