package status

import (
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// order of the phases from worst to best; the namespace shows its worst.
func order(p Phase) int {
	return slices.Index([]Phase{Failed, Degraded, Held, RolledBack, Building, Syncing, Progressing, Pending, Suspended, Healthy}, p)
}

// Worse tells whether phase a asks more for a person's look than b.
func Worse(a, b Phase) bool { return order(a) < order(b) }

// Summarise sets the namespace's revision, phase and message from its
// applications. A
// phase that the source or the binding has already set to Failed, Suspended or
// Pending is kept when it is worse.
func (s *Status) Summarise() {
	slices.SortFunc(s.Applications, func(a, b Application) int { return strings.Compare(a.Name, b.Name) })
	var newest time.Time
	for _, a := range s.Applications {
		if a.Revision != "" && !a.AppliedAt.Before(newest) {
			newest, s.Revision = a.AppliedAt, a.Revision
		}
	}
	if len(s.Applications) > 0 && (s.Phase == "" || s.Phase == Pending) {
		s.Phase, s.Message = s.worst()
	}
	if s.Promotion != nil && s.Promotion.Waiting != "" && (s.Phase == "" || Worse(Held, s.Phase)) {
		s.Phase, s.Message = Held, s.Promotion.Message
	}
	if s.Phase == "" {
		s.Phase = Pending
	}
}

// Own tells whether the namespace has something to say beside what its
// applications say.
func (s Status) Own() bool {
	return !slices.ContainsFunc(s.Applications, func(a Application) bool {
		first, _, _ := strings.Cut(a.Message, "\n")
		return a.Phase == s.Phase && (s.Phase == Healthy || strings.Contains(s.Message, cut(first)))
	})
}

// worst is the phase and message of the application that most needs a look, and
// names those that stand no better.
func (s Status) worst() (Phase, string) {
	worst := s.Applications[0]
	for _, a := range s.Applications[1:] {
		if Worse(a.Phase, worst.Phase) {
			worst = a
		}
	}
	if worst.Phase == Healthy {
		return Healthy, fmt.Sprintf("%s healthy", plural(len(s.Applications), "application"))
	}
	if len(s.Applications) == 1 {
		return worst.Phase, worst.Message
	}
	message := worst.Name + ": " + Brief(worst.Message, 1)
	if others := s.others(worst); others != "" {
		message += fmt.Sprintf("; also %s: %s", worst.Phase, others)
	}
	return worst.Phase, message
}

// maxOthers is how many applications a message names.
const maxOthers = 5

// others names the applications of the same phase.
func (s Status) others(worst Application) string {
	var names []string
	for _, a := range s.Applications {
		if a.Phase == worst.Phase && a.Name != worst.Name {
			names = append(names, a.Name)
		}
	}
	text := strings.Join(names[:min(len(names), maxOthers)], ", ")
	if more := len(names) - maxOthers; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// Condition types, as kubectl wait and other tools expect them.
const (
	ConditionReady       = "Ready"
	ConditionReconciling = "Reconciling"
	ConditionStalled     = "Stalled"
)

// Conditions derives the conditions of a phase, keeping the transition times of
// the old ones where the status did not change.
func Conditions(old []metav1.Condition, phase Phase, message string, now metav1.Time) []metav1.Condition {
	is := func(phases ...Phase) metav1.ConditionStatus {
		if slices.Contains(phases, phase) {
			return metav1.ConditionTrue
		}
		return metav1.ConditionFalse
	}
	fresh := []metav1.Condition{
		{Type: ConditionReady, Status: is(Healthy), Reason: string(phase), Message: message},
		{Type: ConditionReconciling, Status: is(Pending, Building, Syncing, Progressing), Reason: string(phase)},
		{Type: ConditionStalled, Status: is(Failed, Held), Reason: string(phase)},
	}
	for i := range fresh {
		fresh[i].LastTransitionTime = now
		for _, o := range old {
			if o.Type == fresh[i].Type && o.Status == fresh[i].Status {
				fresh[i].LastTransitionTime = o.LastTransitionTime
			}
		}
	}
	return fresh
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
