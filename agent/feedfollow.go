package agent

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spotguide/spotguide/agent/source"
	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/spotguides/guide"
)

// lookupKey follows a namespace's name in the key under which it follows the
// default branch, to read there what feeds its environment.
const lookupKey = "/environment"

// choose decides what is followed, and follows it. It returns false while there
// is nothing to follow, and has then told why. anew: the annotations or the
// credentials have changed.
func (t *tenant) choose(ctx context.Context, lookup *source.Update, anew bool) bool {
	f, known, err := t.feed(lookup, anew)
	if err != nil {
		t.chooseFailed(ctx, err)
		return false
	}
	if !known {
		return false
	}
	ref, there, err := t.goal(ctx, f)
	switch {
	case err != nil:
		t.taken = nil
		t.fail(ctx, "PromotionFailed", err)
		return false
	case !there:
		t.poller.Unfollow(t.namespace)
		t.ref = nil
		return false
	case anew || t.ref == nil || t.ref.String() != ref.String() || t.refPlace != f.place:
		t.turn(ref, f.place)
	}
	return true
}

// feed is what feeds the namespace, by its annotations or by environment.yaml;
// not known while that is being looked up.
func (t *tenant) feed(lookup *source.Update, anew bool) (f feed, known bool, err error) {
	key := t.namespace + lookupKey
	if !t.bound.Fed() {
		t.poller.Unfollow(key)
		ref, err := source.ParseReference(t.bound.Ref)
		return feed{ref: ref}, true, err
	}
	if anew {
		t.poller.Follow(key, t.repository, source.Reference{}, t.bound.Interval)
	}
	switch {
	case lookup == nil:
		return feed{}, false, nil
	case lookup.Err != nil:
		return feed{}, false, lookup.Err
	case lookup.Snapshot.Repository != source.Redact(t.bound.Repository):
		return feed{}, false, nil // was under way when the annotation changed
	}
	f, err = readFeed(lookup.Snapshot.FS(), t.bound.Path, t.bound.Environment)
	return f, err == nil, err
}

// chooseFailed tells why it is not known what feeds the namespace. What runs goes
// on running.
func (t *tenant) chooseFailed(ctx context.Context, err error) {
	t.taken = nil // what is told now is over when it is taken up again
	var problems guide.Problems
	if errors.As(err, &problems) {
		t.fail(ctx, "EnvironmentInvalid", err)
		return
	}
	t.sourceFailed(ctx, err)
}

// goal is the reference that is followed, if there is one yet.
func (t *tenant) goal(ctx context.Context, f feed) (ref source.Reference, there bool, err error) {
	t.alarm = nil
	if f.promote != nil {
		return t.byRule(ctx, f)
	}
	t.unwatchOrigin(t)
	if t.bound.Promoted == "" {
		t.ledger.write(func(l *ledger) { l.head.Promotion = nil })
		return f.ref, true, nil
	}
	was := t.promotion()
	if err := t.promote(ctx, was, byHand(time.Now(), t.bound, was)); err != nil {
		return source.Reference{}, false, err
	}
	ref, err = source.Pinned(t.bound.Promoted)
	return ref, err == nil, err
}

// turn follows a reference in place of what was followed before.
func (t *tenant) turn(ref source.Reference, place string) {
	if t.ref == nil || t.ref.String() != ref.String() {
		t.discard()
	}
	t.ref, t.refPlace = &ref, place
	t.ledger.write(func(l *ledger) {
		l.head.Ref, l.head.RefFrom = t.bound.Ref, ""
		if t.bound.Ref == "" && place != "" {
			l.head.Ref, l.head.RefFrom = ref.String(), place
		}
		if l.head.Promotion != nil {
			l.head.Ref, l.head.RefFrom = "", ""
		}
	})
	t.poller.Follow(t.namespace, t.repository, ref, t.bound.Interval)
}

// settle notes that every application has taken an update up. What changes
// nothing in the folder that is followed is no news.
func (t *tenant) settle(update *source.Update) {
	if update.Err != nil || t.bound.Suspend || t.wave == nil || !t.wave.over() {
		return
	}
	s := update.Snapshot
	tree, ok := s.Hash(t.bound.Path)
	if !ok {
		return // detection has told
	}
	t.ledger.write(func(l *ledger) {
		l.fresh = true
		if l.head.Settled == nil || l.head.Settled.Tree != tree {
			l.head.Settled = &status.Settled{Revision: s.Revision, Tree: tree, CommittedAt: s.Time}
		}
		if p := l.head.Promotion; p != nil && sameCommit(p.Revision, s.Revision) && p.CommittedAt.IsZero() {
			dated := *p
			dated.CommittedAt = s.Time
			l.head.Promotion = &dated
		}
	})
}

// placed names the line that a reference which is not there was read from.
func (t *tenant) placed(err error) error {
	var failure *source.Error
	if t.refPlace != "" && errors.As(err, &failure) && failure.Kind == source.KindNotFound {
		return fmt.Errorf("%s: environments.%s.ref: %w", t.refPlace, t.bound.Environment, err)
	}
	return err
}
