package agent

import (
	"time"
	"unicode/utf8"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/spotguide/spotguide/agent/status"
)

// The types of an Event.
const (
	normal  = corev1.EventTypeNormal
	warning = corev1.EventTypeWarning
)

// tell makes something known in the application's history, as an Event and in
// the log. What was told last is not told again.
func (a *application) tell(kind, reason, message string) {
	message = status.Brief(message, status.EntryLines)
	if n := len(a.view.History); n > 0 {
		last := a.view.History[n-1]
		if last.Reason == reason && last.Message == message {
			return
		}
	}
	a.view.Remember(status.Entry{
		At: time.Now().UTC().Truncate(time.Millisecond), Reason: reason, Revision: a.view.Revision, Message: message,
	})
	event := newEvent(a.owner.Namespace, kind, reason, a.owner.Application+": "+message)
	a.tenant.ledger.write(func(l *ledger) { l.events = append(l.events, event) })
	a.recorder.mark(a.tenant.ledger)
	log := a.log.Info
	if kind == warning {
		log = a.log.Warn
	}
	log("application event", "reason", reason, "message", message)
}

// failed tells that a pass failed and sets the phase.
func (a *application) failed(reason string, err error) {
	a.phase(status.Failed, err.Error())
	a.tell(warning, reason, err.Error())
}

// maxMessage is the longest message that the API server takes in an Event.
const maxMessage = 1024

// newEvent is an Event on the namespace.
func newEvent(namespace, kind, reason, message string) corev1.Event {
	now := metav1.Now()
	return corev1.Event{
		ObjectMeta:     metav1.ObjectMeta{GenerateName: "spotguide-", Namespace: namespace},
		InvolvedObject: corev1.ObjectReference{APIVersion: "v1", Kind: "Namespace", Name: namespace, Namespace: namespace},
		Type:           kind, Reason: reason, Message: truncate(message, maxMessage), Count: 1,
		Source:         corev1.EventSource{Component: fieldManager},
		FirstTimestamp: now, LastTimestamp: now,
	}
}

// truncate shortens a text without cutting a character in two.
func truncate(s string, most int) string {
	if len(s) <= most {
		return s
	}
	end := most - len(" ...")
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + " ..."
}
