package agent

import (
	"context"
	"errors"
	"log/slog"
	"testing"

	"github.com/spotguide/spotguide/agent/status"
)

// TestFail tells of a failure once, and of none that only comes of stopping.
func TestFail(t *testing.T) {
	tenant := newTenant(&workshop{log: slog.New(slog.DiscardHandler)}, "shop")
	stopped, stop := context.WithCancel(t.Context())
	stop()
	tenant.fail(stopped, "SourceFailed", errors.New("fetch: context canceled"))
	if l := tenant.ledger; l.head.Phase != "" || len(l.events) != 0 {
		t.Errorf("an agent that stops tells %s: %v", l.head.Phase, l.events)
	}
	for range 2 {
		tenant.fail(t.Context(), "SourceFailed", errors.New("no such host"))
	}
	if l := tenant.ledger; l.head.Phase != status.Failed || l.head.Message != "no such host" || len(l.events) != 1 || l.events[0].Reason != "SourceFailed" {
		t.Errorf("it tells %s, %s: %v", l.head.Phase, l.head.Message, l.events)
	}
}
