package integration

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/test/gitserver"
)

// TestAskedInVain: a person who asks for a look hears at once that it failed.
func TestAskedInVain(t *testing.T) {
	w := newWorld(t)
	server := httptest.NewServer(w.git.Handler(gitserver.HTTP{}))
	t.Cleanup(server.Close)
	w.repository("shop", map[string]string{"cart.yaml": fill(deployment, "cart", "one")})
	ns := w.namespace(server.URL + "/shop.git")
	w.agent()
	w.untilPhase(ns, status.Healthy)

	server.Close()
	w.annotate(ns, binding.SyncRequestedAt, "2026-01-02T03:04:05Z")
	s := w.until(ns, "an answer", func(s status.Status) bool { return s.SyncHandled == "2026-01-02T03:04:05Z" })
	if s.Phase != status.Failed || !strings.Contains(s.Message, server.URL) || len(s.Applications) != 1 {
		t.Errorf("the answer is %+v", s)
	}
}
