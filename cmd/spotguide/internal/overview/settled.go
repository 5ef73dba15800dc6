package overview

import (
	"fmt"
	"strings"
	"time"

	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/fleet"
)

// WaitsFor tells what a namespace has still to do before it has settled at what
// its repository held when the sync was requested with token; "" when it has.
func WaitsFor(n fleet.Namespace, token string) string {
	if !handled(n, token) {
		if n.Status.Phase == "" {
			return "an agent to look at it"
		}
		if own, ok := ownRow(n); ok && own.Phase == status.Failed {
			return "the agent to look at the repository, which so far fails: " + own.Message
		}
		return "the agent to look at the repository"
	}
	var busy []string
	for _, a := range n.Status.Applications {
		if moving(a.Phase) {
			busy = append(busy, a.Name+" ("+string(a.Phase)+": "+a.Message+")")
		}
	}
	switch {
	case len(busy) > 0:
		return strings.Join(busy, ", ")
	case moving(n.Status.Phase):
		return fmt.Sprintf("the namespace (%s: %s)", n.Status.Phase, n.Status.Message)
	}
	return ""
}

// handled tells whether the wish is fulfilled, or a later one of somebody else.
func handled(n fleet.Namespace, token string) bool {
	if n.Status.SyncHandled == token {
		return true
	}
	asked, err := time.Parse(time.RFC3339Nano, token)
	done, err2 := time.Parse(time.RFC3339Nano, n.Status.SyncHandled)
	return err == nil && err2 == nil && done.After(asked)
}

func moving(p status.Phase) bool {
	return p == "" || p == status.Pending || p == status.Building || p == status.Syncing || p == status.Progressing
}

// Well tells whether everything in the namespace is as it should be.
func Well(n fleet.Namespace) bool { return n.Status.Phase == status.Healthy }
