package build

import (
	"crypto/rand"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// sources are the contexts that running builds may fetch, by an unguessable token
// that only the Job and the agent know.
type sources struct {
	log *slog.Logger

	mu      sync.Mutex
	recipes map[string]recipe
}

// sendTimeout bounds the sending of one context.
const sendTimeout = 10 * time.Minute

// token of a build, for sources' path.
func newToken() string { return rand.Text() }

func (s *sources) offer(token string, c recipe) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.recipes[token] = c
}

func (s *sources) withdraw(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.recipes, token)
}

// ServeHTTP answers GET /sources/{token} with the context. A build that cannot
// have all of it is broken off, for half a context could be built.
func (s *sources) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	c, ok := s.recipes[r.PathValue("token")]
	s.mu.Unlock()
	if !ok {
		http.NotFound(w, r)
		return
	}
	if err := http.NewResponseController(w).SetWriteDeadline(time.Now().Add(sendTimeout)); err != nil {
		s.log.Debug("no deadline of its own for a source", "error", err)
	}
	w.Header().Set("Content-Type", "application/x-tar")
	if err := writeContext(w, c); err != nil {
		s.log.Warn("source not sent to build", "namespace", c.Namespace, "application", c.Application, "error", err)
		panic(http.ErrAbortHandler)
	}
}
