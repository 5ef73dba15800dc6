package apply

import (
	"strings"

	"github.com/spotguide/spotguide/sync/inventory"
)

// Reason tells why an object could not be applied.
type Reason string

const (
	// Invalid: the object itself is wrong.
	Invalid Reason = "Invalid"
	// Forbidden: the service account lacks a right.
	Forbidden Reason = "Forbidden"
	// Quota: the namespace's quota is used up.
	Quota Reason = "Quota"
	// Immutable: a field that has to change cannot.
	Immutable Reason = "Immutable"
	// UnknownKind: the API server does not serve the kind.
	UnknownKind Reason = "UnknownKind"
	// NotAllowed: the object lies outside what the operator allows.
	NotAllowed Reason = "NotAllowed"
	// Conflict: the object is another application's, or changed meanwhile.
	Conflict Reason = "Conflict"
	// Admission: a policy or a webhook refused it, or a webhook did not answer.
	Admission Reason = "Admission"
	// TooLarge: more than the API server stores.
	TooLarge Reason = "TooLarge"
	// NamespaceGone: its namespace does not exist or is being deleted.
	NamespaceGone Reason = "NamespaceGone"
	// NotEstablished: a definition did not become ready in time.
	NotEstablished Reason = "NotEstablished"
	// Unreachable: the API server did not answer or is overloaded.
	Unreachable Reason = "Unreachable"
	// Internal: a defect of ours; the log has the stack.
	Internal Reason = "Internal"
)

// Error is the failure of one object. Its text never holds a Secret's values.
type Error struct {
	Ref    inventory.Ref
	Origin string
	Reason Reason
	// Hint says what to do; may be empty.
	Hint string
	Err  error

	temporary bool
}

func (e *Error) Error() string {
	var b strings.Builder
	if e.Origin != "" {
		b.WriteString(e.Origin + ": ")
	}
	b.WriteString(e.Ref.String() + ": " + string(e.Reason))
	if e.Err != nil {
		b.WriteString(": " + e.Err.Error())
	}
	if e.Hint != "" {
		b.WriteString(" (" + e.Hint + ")")
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// Temporary tells that trying again soon may help although nothing was changed.
// Others may be healed too, by an administrator's hand: retry those slowly.
func (e *Error) Temporary() bool { return e.temporary }
