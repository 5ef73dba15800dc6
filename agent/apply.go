package agent

import (
	"context"
	"errors"

	"github.com/spotguide/spotguide/render"
	"github.com/spotguide/spotguide/sync/apply"
	"github.com/spotguide/spotguide/sync/inventory"
)

// send applies the set and takes over its record, which is committed later.
func (a *application) send(ctx context.Context, d desired, r render.Result) ([]apply.Change, error) {
	if err := a.tenant.permit(ctx, d.binding); err != nil {
		return nil, err
	}
	set := a.set(d, r)
	if err := a.watched(ctx, set); err != nil {
		return nil, err
	}
	last := d.wave.last(a)
	options := apply.Options{
		Identity: d.binding.Identity(), Prune: d.binding.Prune && last, PruneApproved: approved(d),
		Drift: string(d.binding.Drift),
	}
	changes, err := a.apply(ctx, set, options)
	if a.onlyAbsent(err) {
		options.PruneApproved = true
		changes, err = a.apply(ctx, set, options)
	}
	a.pruneLater = d.binding.Prune && !last && len(a.record.Pending) > 0
	return changes, err
}

// set is all that the application shall have.
func (a *application) set(d desired, r render.Result) apply.Set {
	set := apply.Set{Owner: a.owner, Revision: d.snapshot.Revision, Objects: make([]apply.Object, len(r.Objects))}
	for i, o := range r.Objects {
		set.Objects[i] = apply.Object{Unstructured: o.Unstructured, Origin: o.Origin}
	}
	return set
}

// apply makes the cluster hold the set and takes over what is owned then.
func (a *application) apply(ctx context.Context, set apply.Set, opt apply.Options) ([]apply.Change, error) {
	due := a.withdraw()
	result, err := a.applier.Apply(ctx, set, opt)
	a.took(result, err, due)
	return result.Changes, err
}

// took takes over what is owned after a pass, or what was due before one that
// could not begin.
func (a *application) took(result apply.Result, err error, due *inventory.Record) {
	switch {
	case err == nil || !result.Empty():
		a.keep(result.Record)
	case due != nil:
		a.keep(*due)
	}
	for _, c := range result.Changes {
		a.metrics.changes.WithLabelValues(string(c.Action)).Inc()
	}
}

// watched sees to it that everything in the set and in the record is watched,
// and waits for what the watches know, so that nothing untouched is sent.
func (a *application) watched(ctx context.Context, set apply.Set) error {
	record, err := a.store.Get(ctx, a.owner)
	var corrupt *inventory.CorruptError
	if err != nil && !errors.As(err, &corrupt) {
		return err
	}
	if err := a.watcher.Sync(ctx, record.Refs()...); err != nil {
		return err
	}
	for _, o := range set.Objects {
		kind := o.GroupVersionKind()
		a.watcher.Watch(inventory.Ref{Group: kind.Group, Version: kind.Version, Kind: kind.Kind})
	}
	return nil
}

// withdraw takes back a record that is still due: the pass that begins writes a
// newer one, which an older one must not replace.
func (a *application) withdraw() *inventory.Record {
	l := a.tenant.ledger
	l.books.Lock()
	defer l.books.Unlock()
	return l.withdraw(a.owner.Application)
}

// keep takes over a record and has it committed when there is time.
func (a *application) keep(record inventory.Record) {
	a.record = record
	a.tenant.ledger.write(func(l *ledger) { l.records[a.owner.Application] = &record })
	a.recorder.mark(a.tenant.ledger)
}
