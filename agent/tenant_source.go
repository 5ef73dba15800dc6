package agent

import (
	"context"
	"errors"
	"time"

	"github.com/spotguide/spotguide/agent/source"
)

// received is what has come in so far.
func (t *tenant) received() (annotations map[string]string, update, lookup *source.Update) {
	t.inbox.Lock()
	defer t.inbox.Unlock()
	return t.inbox.annotations, t.inbox.update, t.inbox.lookup
}

// discard drops an update of what was followed before.
func (t *tenant) discard() {
	t.inbox.Lock()
	defer t.inbox.Unlock()
	t.inbox.update = nil
}

// discardAll drops everything that was found in another repository.
func (t *tenant) discardAll() {
	t.inbox.Lock()
	defer t.inbox.Unlock()
	t.inbox.update, t.inbox.lookup = nil, nil
}

// connect readies the repository with its credentials. What is known of another
// repository or folder is forgotten.
func (t *tenant) connect(ctx context.Context) error {
	t.ledger.write(func(l *ledger) {
		repository := source.Redact(t.bound.Repository)
		if l.head.Repository != repository || l.head.Path != t.bound.Path {
			l.head.Settled, l.head.Promotion, l.fresh = nil, nil, false
		}
		l.head.Repository, l.head.Path, l.head.Environment = repository, t.bound.Path, t.bound.Environment
	})
	credentials, err := t.credentials(ctx, t.bound)
	if err != nil {
		return err
	}
	t.repository = source.Repository{URL: t.bound.Repository, Credentials: credentials}
	t.following = true
	return nil
}

// unfollow leaves the repository alone.
func (t *tenant) unfollow() {
	t.poller.Unfollow(t.namespace)
	t.poller.Unfollow(t.namespace + lookupKey)
	t.unwatchOrigin(t)
}

// sourceFailed tells that the repository could not be read. What runs goes on
// running. Refused credentials are read anew, now and from time to time, for they
// may have been replaced.
func (t *tenant) sourceFailed(ctx context.Context, err error) {
	var failure *source.Error
	if errors.As(err, &failure) && (failure.Kind == source.KindAuth || failure.Kind == source.KindHostKey) {
		if err := t.connect(ctx); err != nil {
			t.unusable(ctx, err)
			return
		}
		if t.bound.Fed() {
			t.poller.Follow(t.namespace+lookupKey, t.repository, source.Reference{}, t.bound.Interval)
		}
		if t.ref != nil {
			t.poller.Follow(t.namespace, t.repository, *t.ref, t.bound.Interval)
		}
		t.recheck = time.After(t.bound.Interval)
	}
	t.fail(ctx, "SourceFailed", err)
}

// unusable tells that the credentials cannot be used, and looks at them again
// after a while.
func (t *tenant) unusable(ctx context.Context, err error) {
	t.following = false
	t.recheck = time.After(t.bound.Interval)
	t.fail(ctx, "CredentialsUnusable", err)
}
