package source

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/spotguide/spotguide/test/gitserver"
)

// TestOneRequestServesAllWhoWait: a hundred callers that come while a request is
// under way share the one after it.
func TestOneRequestServesAllWhoWait(t *testing.T) {
	f := newFixture(t)
	f.commit("main", "first", map[string]string{"a": "1"})
	f.commit("dev", "first", map[string]string{"a": "2"})
	var listings, transfers atomic.Int32
	release := make(chan struct{})
	git := f.Handler(gitserver.HTTP{})
	h := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			transfers.Add(1)
		} else if listings.Add(1) == 1 {
			<-release
		}
		git.ServeHTTP(w, r)
	}))
	defer h.Close()
	s, repo := newStore(t, Limits{}), Repository{URL: h.URL + "/app"}
	m, err := s.mirror(repo)
	f.must(err)
	var all sync.WaitGroup
	failures := make(chan error, 100)
	for i := range 100 {
		all.Go(func() {
			snapshot, err := s.Fetch(t.Context(), repo, reference(t, []string{"main", "dev"}[i%2]))
			if err == nil {
				_, err = fs.ReadFile(snapshot.FS(), "a")
			}
			failures <- err
		})
	}
	for m.waitingNow() < 100 || listings.Load() < 1 {
		runtime.Gosched()
	}
	close(release)
	all.Wait()
	close(failures)
	f.must(errors.Join(collect(failures)...))
	if listings.Load() > 3 || transfers.Load() != 2 {
		// One under way, one for all who came meanwhile, one more for the
		// second branch's transfer when the listing was a shared one.
		t.Errorf("%d listings and %d transfers", listings.Load(), transfers.Load())
	}
}

// A listing may be shared only with those who asked before it was begun: an
// older one could miss what they were told of.
func TestNobodyGetsAnOldListing(t *testing.T) {
	m := &mirror{}
	early := m.ask()
	l := listing{number: m.begin()}
	late := m.ask()
	m.share(l)
	if m.shared(early) == nil {
		t.Error("one who waited from before does not get the listing")
	}
	if m.shared(late) != nil {
		t.Error("one who asked after it was begun gets the listing")
	}
	m.answered()
	if m.last == nil {
		t.Error("the listing is dropped too early")
	}
	m.answered()
	if m.last != nil {
		t.Error("the listing is kept")
	}
}

func collect(errs <-chan error) (out []error) {
	for err := range errs {
		out = append(out, err)
	}
	return out
}

func (m *mirror) waitingNow() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.waiting
}

// Looks share a connection, so that each does not begin with a handshake.
func TestConnectionsAreReused(t *testing.T) {
	f := newFixture(t)
	f.commit("main", "first", map[string]string{"a": "1"})
	var connections atomic.Int32
	h := httptest.NewUnstartedServer(f.Handler(gitserver.HTTP{}))
	h.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			connections.Add(1)
		}
	}
	h.Start()
	defer h.Close()
	s := newStore(t, Limits{})
	for i := range 4 {
		fetch(t, s, h.URL+"/app", "")
		fetch(t, s, h.URL+"/app", "")
		f.commit("main", "next", map[string]string{"a": fmt.Sprint(i)})
	}
	if n := connections.Load(); n != 1 {
		t.Errorf("%d connections for eight looks", n)
	}
}
