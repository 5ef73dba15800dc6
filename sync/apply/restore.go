package apply

import (
	"context"
	"errors"
	"fmt"

	"github.com/spotguide/spotguide/sync/inventory"
)

// Restore applies only the named objects of a set that was applied before, to
// undo what foreign hands did to them. Objects whose own drift mode is warn or
// ignore are left alone. Nothing is pruned and no record is written first: the
// objects are owned already. Refs that the set lacks are ignored.
//
// The Result's changes are those objects only; its record is the whole one and
// need not be committed at once.
func (a *Applier) Restore(ctx context.Context, set Set, refs []inventory.Ref, opt Options) (Result, error) {
	ctx, err := withIdentity(ctx, opt.Identity)
	if err != nil {
		return Result{}, fmt.Errorf("restore %s: %w", set.Owner, err)
	}
	record, err := a.store.Get(ctx, set.Owner)
	if err != nil {
		return Result{}, unrecorded(set.Owner, err)
	}
	p := a.plan(subset(set, refs, a.scoped), record)
	for _, it := range p.items {
		it.touched = true
		if it.ready() && it.prior == nil {
			it.fail(Conflict, errors.New("it is not owned yet"), "apply the whole set first")
		} else if it.ready() && (it.drift == inventory.DriftWarn || it.drift == inventory.DriftIgnore) {
			it.skip("its drift mode is " + it.drift)
		}
	}
	a.run(ctx, p)
	result, err := p.restored(record)
	a.store.Stage(set.Owner, result.Record)
	return result, err
}

// restored sums up: the record as it was, with new entries for what was sent.
func (p *plan) restored(record inventory.Record) (Result, error) {
	result := Result{Record: record}
	result.Record.Committed = make([]inventory.Entry, len(record.Committed))
	copy(result.Record.Committed, record.Committed)
	at := make(map[inventory.Ref]int, len(record.Committed))
	for i := range record.Committed {
		at[record.Committed[i].ID()] = i
	}
	var errs []error
	for _, it := range p.items {
		result.Changes = append(result.Changes, it.change())
		if it.err != nil {
			errs = append(errs, it.err)
		} else if i, ok := at[it.ref.ID()]; ok && it.action != Skipped {
			result.Record.Committed[i] = it.entry
		}
	}
	return result, errors.Join(errs...)
}

// subset is the set with the named objects only.
func subset(set Set, refs []inventory.Ref, scope func(inventory.Owner, Object) inventory.Ref) Set {
	wanted := make(map[inventory.Ref]bool, len(refs))
	for _, ref := range refs {
		wanted[ref.ID()] = true
	}
	part := set
	part.Objects = nil
	for _, object := range set.Objects {
		if wanted[scope(set.Owner, object).ID()] {
			part.Objects = append(part.Objects, object)
		}
	}
	return part
}
