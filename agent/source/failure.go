package source

import (
	"context"
	"errors"
	"net"
	"strings"
)

// serverError makes an error of what a server said in its own words.
func serverError(text string) *Error {
	low := strings.ToLower(text)
	says := func(phrases ...string) bool {
		for _, p := range phrases {
			if strings.Contains(low, p) {
				return true
			}
		}
		return false
	}
	e := &Error{Kind: KindTransient, Problem: "the server says: " + foreign(text)}
	switch {
	case says("not our ref", "unadvertised object"):
		e.Kind, e.Hint = KindNotFound, "the commit is gone from the server, or the server hands out only what a branch or tag points at"
	case says("not found", "does not exist", "does not appear to be a git repository", "no such repository", "could not be found"):
		e.Kind, e.Hint = KindNotFound, "check the address, and that the credentials may read it: many servers hide what one may not see"
	case says("permission denied", "access denied", "unauthorized", "not authorized", "authentication failed"):
		e.Kind, e.Hint = KindAuth, authHint
	case says("dubious ownership"):
		e.Kind, e.Hint = KindRefused, "the folder belongs to another user; see safe.directory in git-config(1)"
	}
	return e
}

const authHint = "check the Secret named in the annotation spotguide.dev/credentials"

// isNetwork tells whether an error comes from the network or from a time limit.
func isNetwork(err error) bool {
	var n net.Error
	return errors.As(err, &n) || errors.Is(err, net.ErrClosed) || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}

// lasting drops the local port from an error of an open connection, so that the
// same trouble reads the same the next time.
func lasting(err error) error {
	var op *net.OpError
	if errors.As(err, &op) && op.Source != nil {
		return op.Err
	}
	return err
}

// interrupted replaces whatever broke when a context ended by what happened:
// the caller went away, or the time was up.
func interrupted(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil {
		return err
	}
	if cause := context.Cause(ctx); !errors.Is(cause, context.DeadlineExceeded) {
		return cause
	}
	return &Error{Kind: KindTransient, Problem: "the server did not finish in time", Err: context.DeadlineExceeded}
}
