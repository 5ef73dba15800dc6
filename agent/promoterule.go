package agent

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/agent/source"
	"github.com/spotguide/spotguide/agent/status"
)

// promotion is what the namespace follows by promotion so far. What ran before
// there was a rule counts as promoted.
func (t *tenant) promotion() (was status.Promotion) {
	t.ledger.write(func(l *ledger) {
		switch {
		case l.head.Promotion != nil:
			was = *l.head.Promotion
		case l.head.Settled != nil:
			was = status.Promotion{Revision: l.head.Settled.Revision, CommittedAt: l.head.Settled.CommittedAt}
		}
	})
	return was
}

// byRule follows what the rule of the environment decides.
func (t *tenant) byRule(ctx context.Context, f feed) (ref source.Reference, there bool, err error) {
	p := promotion{namespace: t.namespace, rule: *f.promote, pinned: pinned(t.bound, f)}
	p.sources, p.complete = t.watchOrigin(t, origin{
		repository: address(t.bound.Repository), path: t.bound.Path, environment: f.promote.From, fed: f.from.Fed(), ref: f.from.Ref,
	})
	p.starting = !t.decided
	t.decided = t.decided || !p.unsettled()
	was := t.promotion()
	now := time.Now()
	next, due := p.decide(now, byHand(now, t.bound, was))
	if !due.IsZero() {
		t.alarm = time.After(due.Sub(now))
	}
	if err := t.promote(ctx, was, next); err != nil {
		t.alarm = time.After(time.Second)
		return source.Reference{}, false, err
	}
	if next.Revision == "" {
		t.ledger.write(func(l *ledger) {
			l.head.Phase, l.head.Message = status.Pending, next.Message
			l.head.Ref, l.head.RefFrom = "", ""
		})
		return source.Reference{}, false, nil
	}
	ref, err = source.Pinned(next.Revision)
	return ref, err == nil, err
}

// pinned says why a person does not want a newer revision.
func pinned(b binding.Binding, f feed) string {
	switch {
	case b.Suspend:
		return "the namespace is suspended"
	case b.RollbackTo != "":
		return "the namespace is rolled back; `spotguide resume` goes on"
	case b.Promoted != "" && !f.promote.Approval:
		return "a person has promoted " + short(b.Promoted) + "; `spotguide resume --promotion` leaves it to the rule again"
	}
	return ""
}

// byHand lays the promotion that a person has annotated over what is followed.
func byHand(now time.Time, b binding.Binding, was status.Promotion) status.Promotion {
	if b.Promoted == "" || was.ByHand && b.Promoted == was.Revision && b.PromotedFrom == was.From {
		return was
	}
	next := status.Promotion{From: b.PromotedFrom, Revision: b.Promoted, At: now, ByHand: true, Previous: was.Revision}
	if was.Revision == b.Promoted {
		next.Previous, next.CommittedAt = was.Previous, was.CommittedAt
	}
	return next
}

// promote notes and tells what is followed now. A change is written down before
// anything follows from it: whatever becomes of this agent, the next one does not
// go back.
func (t *tenant) promote(ctx context.Context, was, next status.Promotion) error {
	next.At = next.At.UTC().Truncate(time.Second)
	changed := next.Revision != was.Revision
	t.ledger.write(func(l *ledger) {
		l.head.Promotion = &next
		if next.Waiting != "" && !sameCommit(next.Waiting, was.Waiting) {
			l.events = append(l.events, newEvent(t.namespace, corev1.EventTypeNormal, "PromotionWaits", next.Message))
		}
	})
	if !changed {
		return nil
	}
	if err := t.recorder.write(ctx, t.ledger); err != nil {
		t.ledger.write(func(l *ledger) { l.head.Promotion = &was })
		return fmt.Errorf("write down that %s is promoted: %w", short(next.Revision), err)
	}
	t.tellPromoted(was, next)
	return nil
}

func (t *tenant) tellPromoted(was, next status.Promotion) {
	kind, reason, how := corev1.EventTypeNormal, "Promoted", "rule"
	message := short(next.Revision) + " " + next.Origin()
	switch {
	case next.ByHand:
		how = "person"
	case next.Message != "": // only what goes back has something to say
		kind, reason, how, message = corev1.EventTypeWarning, "PromotionFailed", "back", next.Message
	}
	if was.Revision != "" {
		message += ", in place of " + short(was.Revision)
	}
	t.metrics.promotions.WithLabelValues(how).Inc()
	t.ledger.write(func(l *ledger) { l.events = append(l.events, newEvent(t.namespace, kind, reason, message)) })
	t.log.Info("revision promoted", "revision", next.Revision, "from", next.From, "by", how, "previous", was.Revision)
}
