package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spotguide/spotguide/sync/inventory"
	"golang.org/x/sync/errgroup"
)

// Apply makes the cluster hold the set. Objects whose rendered form has not
// changed and that nobody touched are not sent. The error joins an *Error for
// each object that failed, and an *inventory.HeldError when pruning waits for
// approval; the Result is right in any case, and its record is to be committed.
//
// With an empty Result nothing was sent: the identity is none, or the record could
// not be read or written, which is an *Error of the inventory's ConfigMap.
func (a *Applier) Apply(ctx context.Context, set Set, opt Options) (Result, error) {
	ctx, err := withIdentity(ctx, opt.Identity)
	if err != nil {
		return Result{}, fmt.Errorf("apply %s: %w", set.Owner, err)
	}
	record, rebuilt, err := a.record(ctx, set.Owner)
	if err != nil {
		return Result{}, unrecorded(set.Owner, err)
	}
	p := a.plan(set, record)
	p.rebuilt = rebuilt
	a.claim(ctx, p)
	if err := a.announce(ctx, p); err != nil {
		return Result{}, unrecorded(set.Owner, err)
	}
	for _, it := range p.items {
		if it.ready() && a.settled(it, opt) {
			it.action, it.entry = Unchanged, *it.prior
		}
	}
	a.run(ctx, p)
	return a.finish(ctx, set, record, p, opt)
}

// unrecorded is the failure to read or write the owner's record.
func unrecorded(owner inventory.Owner, err error) error {
	v := judge(err)
	ref := inventory.Ref{Version: "v1", Kind: "ConfigMap", Namespace: owner.Namespace, Name: inventory.ConfigMapName}
	return &Error{Ref: ref, Reason: v.reason, Hint: v.hint, Err: err, temporary: v.temporary}
}

// Commit writes down what the owner owns after a pass. It may be put off behind
// other work, also over several passes: the next one starts from what this one
// left, written or not.
func (a *Applier) Commit(ctx context.Context, owner inventory.Owner, record inventory.Record) error {
	return a.store.Put(ctx, owner, record)
}

// announce writes the record as pending before the cluster is touched, if the
// set holds objects that it does not own yet.
func (a *Applier) announce(ctx context.Context, p *plan) error {
	var fresh []inventory.Ref
	for _, it := range p.items {
		if it.ready() && it.prior == nil {
			it.owned = true
			fresh = append(fresh, it.ref)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	return a.store.AddPending(ctx, p.owner, fresh)
}

// settled tells that the live object is as the set wants it, so far as we care.
func (a *Applier) settled(it *item, opt Options) bool {
	if opt.All || a.live == nil || it.prior == nil || it.prior.Digest == "" || it.prior.Digest != it.digest {
		return false
	}
	mode := it.drift
	if mode == "" {
		mode = opt.Drift
	}
	if mode == inventory.DriftWarn || mode == inventory.DriftIgnore {
		return true
	}
	return a.live.Untouched(*it.prior)
}

// run sends what is ready, stage by stage.
func (a *Applier) run(ctx context.Context, p *plan) {
	byStage := make([][]*item, stages)
	for _, it := range p.items {
		if it.ready() {
			byStage[it.stage] = append(byStage[it.stage], it)
		}
	}
	for at, items := range byStage {
		items = p.skipDependents(items)
		a.parallel(items, func(it *item) { a.send(ctx, it) })
		if stage(at) == definitions {
			a.establish(ctx, items)
		}
	}
}

// parallel runs do for each item, at once where there is more than one.
func (a *Applier) parallel(items []*item, do func(*item)) {
	one := func(it *item) error {
		defer a.contain(it)
		do(it)
		return nil
	}
	if len(items) == 1 {
		_ = one(items[0])
		return
	}
	var group errgroup.Group
	group.SetLimit(cap(a.slots))
	for _, it := range items {
		group.Go(func() error { return one(it) })
	}
	_ = group.Wait() // the functions return no errors; items hold them
}

// skipDependents leaves out the items whose namespace or definition failed.
func (p *plan) skipDependents(items []*item) []*item {
	var failed []*item
	for _, it := range p.items {
		kind := it.resource.gvk.GroupKind()
		if it.action == Failed && (kind == namespaceKind || kind == crdKind) {
			failed = append(failed, it)
		}
	}
	if len(failed) == 0 {
		return items
	}
	return slices.DeleteFunc(items, func(it *item) bool {
		at := slices.IndexFunc(failed, it.needs)
		if at >= 0 {
			it.skip(fmt.Sprintf("needs %s, which failed", failed[at].ref))
		}
		return at >= 0
	})
}

// needs tells that it cannot be without other: its namespace or its kind.
func (it *item) needs(other *item) bool {
	if other.resource.gvk.GroupKind() == namespaceKind {
		return it.resource.namespaced && it.ref.Namespace == other.ref.Name
	}
	return other.ref.Name == it.resource.gvr.Resource+"."+it.resource.gvr.Group
}

// finish prunes if nothing failed and sums the pass up.
func (a *Applier) finish(ctx context.Context, set Set, record inventory.Record, p *plan, opt Options) (Result, error) {
	result := Result{Record: inventory.Record{Revision: record.Revision}}
	var errs []error
	for _, it := range p.items {
		result.add(it)
		if it.err != nil {
			errs = append(errs, it.err)
		}
		if it.barred() {
			a.claims.cede(p.owner, it.ref)
		}
	}
	complete := len(errs) == 0 && !p.rebuilt
	errs = append(errs, a.prune(ctx, set, record, p, opt, complete, &result)...)
	if len(errs) == 0 {
		result.Record.Revision = set.Revision
	}
	a.store.Stage(set.Owner, result.Record)
	return result, errors.Join(errs...)
}

// add notes an item. What was not applied stays owned as it was before.
func (r *Result) add(it *item) {
	r.Changes = append(r.Changes, it.change())
	switch {
	case it.action != Failed && it.action != Skipped:
		r.Record.Committed = append(r.Record.Committed, it.entry)
	case it.prior != nil:
		entry := *it.prior
		if it.action == Failed {
			// It may have been applied without our hearing of it.
			entry.Digest = ""
		}
		r.Record.Committed = append(r.Record.Committed, entry)
	case it.owned:
		r.Record.Pending = append(r.Record.Pending, it.ref)
	}
}

// barred tells that the owner may not have what it asks for, and so must not
// keep others from it.
func (it *item) barred() bool {
	return it.prior == nil && it.err != nil && (it.err.Reason == Forbidden || it.err.Reason == NotAllowed)
}

// change is what became of the item.
func (it *item) change() Change {
	change := Change{Ref: it.ref, Action: it.action, Origin: it.object.Origin, Note: it.note}
	if it.err != nil {
		change.Err = it.err
	}
	return change
}
