package source

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// Kind says what sort of failure an Error is, for callers that branch on it.
type Kind string

// The kinds.
const (
	KindNotFound  Kind = "NotFound"  // no such repository, branch, tag or commit
	KindAuth      Kind = "Auth"      // credentials missing or refused
	KindHostKey   Kind = "HostKey"   // the SSH server is not who known_hosts says
	KindEmpty     Kind = "Empty"     // the repository has no commit yet
	KindRefused   Kind = "Refused"   // the policy does not allow the address
	KindInvalid   Kind = "Invalid"   // an address, reference or key that cannot be read
	KindTooLarge  Kind = "TooLarge"  // beyond Limits
	KindProtocol  Kind = "Protocol"  // the server does not speak Git as it should
	KindTransient Kind = "Transient" // network or server trouble that may pass
	KindCorrupt   Kind = "Corrupt"   // the mirror on disk is damaged
	KindLink      Kind = "Link"      // a symbolic link that leaves the tree or loops
	KindSubmodule Kind = "Submodule" // a path inside a submodule
	KindLFS       Kind = "LFS"       // a Git LFS pointer in place of the file
)

// Error is any failure of this package.
type Error struct {
	Kind       Kind
	Repository string // address without credentials; "" for errors inside a tree
	Problem    string // what is wrong, as a phrase
	Hint       string // what to do about it; may be ""
	Err        error  // the cause; may be nil
}

func (e *Error) Error() string {
	var b strings.Builder
	if e.Repository != "" {
		b.WriteString(e.Repository + ": ")
	}
	b.WriteString(e.Problem)
	if e.Err != nil {
		if e.Problem != "" {
			b.WriteString(": ")
		}
		b.WriteString(e.Err.Error())
	}
	if e.Hint != "" {
		b.WriteString(" (" + e.Hint + ")")
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Temporary tells whether the same call may succeed later with nothing changed
// on this side.
func (e *Error) Temporary() bool { return e.Kind == KindTransient || e.Kind == KindCorrupt }

// kindOf returns the kind of the first Error in err's chain, "" if there is none.
func kindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return ""
}

// named puts the repository's name on an error of this package and makes any
// other error a transient one.
func named(repository string, err error) error {
	if err == nil {
		return nil
	}
	var e *Error
	if !errors.As(err, &e) {
		return &Error{Kind: KindTransient, Repository: repository, Err: err}
	}
	if e.Repository == repository {
		return err
	}
	c := *e
	c.Repository = repository
	return &c
}

func invalid(format string, args ...any) *Error {
	return &Error{Kind: KindInvalid, Problem: fmt.Sprintf(format, args...)}
}

// foreign makes text from a server fit to stand in an error: one line, printable
// and short.
func foreign(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, strings.ToValidUTF8(text, "?"))
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > 200 {
		text = string(r[:200]) + "..."
	}
	return text
}
