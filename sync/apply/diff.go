package apply

import (
	"context"
	"errors"
	"fmt"

	"github.com/spotguide/spotguide/sync/inventory"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
)

// Difference is what applying would do to one object.
type Difference struct {
	Change
	// Before and After are the live object and what it would be, without
	// managed fields, status and what else only the server writes, and with
	// Secrets' values masked. Before is nil for one that would be created,
	// After for one that would be deleted.
	Before, After *unstructured.Unstructured
}

// Diff tells what Apply would do, by server-side dry runs; nothing is written.
// The error joins those of the objects that would fail.
func (a *Applier) Diff(ctx context.Context, set Set, opt Options) ([]Difference, error) {
	ctx, err := withIdentity(ctx, opt.Identity)
	if err != nil {
		return nil, fmt.Errorf("diff %s: %w", set.Owner, err)
	}
	record, err := a.store.Get(ctx, set.Owner)
	var corrupt *inventory.CorruptError
	if err != nil && !errors.As(err, &corrupt) {
		return nil, fmt.Errorf("diff %s: %w", set.Owner, err)
	}
	p := a.plan(set, record)
	differences := make([]Difference, len(p.items))
	at := make(map[*item]*Difference, len(p.items))
	var items []*item
	for i, it := range p.items {
		at[it] = &differences[i]
		if it.ready() {
			items = append(items, it)
		}
	}
	a.parallel(items, func(it *item) { a.compare(ctx, p, it, at[it]) })
	var errs []error
	for i, it := range p.items {
		differences[i].Change = it.change()
		if it.err != nil {
			errs = append(errs, it.err)
		}
	}
	if opt.Prune {
		deletions, failed := a.deletions(ctx, p, record, opt)
		differences, errs = append(differences, deletions...), append(errs, failed...)
	}
	return differences, errors.Join(errs...)
}

// compare dry-runs one item.
func (a *Applier) compare(ctx context.Context, p *plan, it *item, d *Difference) {
	before, err := a.read(ctx, it, a.rest.Get())
	if err != nil && !apierrors.IsNotFound(err) {
		it.refuse(err)
		return
	}
	if before != nil {
		if holder := inventory.OwnerOf(before.GetLabels()); holder.Application != "" && holder != p.owner && !it.owned {
			it.taken(holder)
			return
		}
	}
	dryRun := a.rest.Patch(types.ApplyPatchType).
		Param("fieldManager", inventory.Manager).Param("force", "true").Param("dryRun", "All").Body(it.body)
	after, err := a.read(ctx, it, dryRun)
	if apierrors.IsNotFound(err) && p.brings(it) {
		after, err = it.rendered()
		it.note = "its namespace or definition does not exist yet, so the API server could not check it"
	}
	if err != nil {
		it.refuse(err)
		return
	}
	d.Before, d.After = clean(before), clean(after)
	it.action = Configured
	switch {
	case before == nil:
		it.action = Created
	case equality.Semantic.DeepEqual(d.Before.Object, d.After.Object):
		it.action = Unchanged
	}
	maskSecrets(d.Before, d.After)
}

// read sends a request for the item's object and returns the object answered.
func (a *Applier) read(ctx context.Context, it *item, request *rest.Request) (*unstructured.Unstructured, error) {
	done, err := a.slot(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	ctx, cancel := context.WithTimeout(ctx, a.timeout)
	defer cancel()
	raw, err := request.AbsPath(it.resource.path(it.ref)...).SetHeader("Accept", "application/json").DoRaw(ctx)
	if err != nil {
		return nil, err
	}
	object := new(unstructured.Unstructured)
	return object, object.UnmarshalJSON(raw)
}

// brings tells that the set itself holds what the item needs to exist.
func (p *plan) brings(it *item) bool {
	for _, other := range p.items {
		kind := other.resource.gvk.GroupKind()
		if (kind == namespaceKind || kind == crdKind) && it.needs(other) {
			return true
		}
	}
	return false
}

func (it *item) rendered() (*unstructured.Unstructured, error) {
	object := new(unstructured.Unstructured)
	return object, object.UnmarshalJSON(it.body)
}

// deletions lists what would be pruned.
func (a *Applier) deletions(ctx context.Context, p *plan, record inventory.Record, opt Options) ([]Difference, []error) {
	var differences []Difference
	var errs []error
	held := inventory.Guard(p.owner, record, p.refs()) != nil && !opt.PruneApproved
	for _, s := range p.leftover(record) {
		d := a.deletion(ctx, p.owner, s, held, opt)
		switch {
		case s.gone:
			continue
		case s.err != nil:
			errs = append(errs, s.err)
		}
		d.Change = s.change()
		differences = append(differences, d)
	}
	return differences, errs
}

// deletion looks at an object that would be pruned.
func (a *Applier) deletion(ctx context.Context, owner inventory.Owner, s *stale, held bool, opt Options) Difference {
	if !a.locate(s) {
		return Difference{}
	}
	live, err := a.read(ctx, &s.item, a.rest.Get())
	switch {
	case apierrors.IsNotFound(err):
		s.gone = true
		return Difference{}
	case err != nil:
		s.refuse(err)
		return Difference{}
	case s.kept || s.protected() && !opt.PruneProtected || inventory.OwnerOf(live.GetLabels()) != owner ||
		live.GetAnnotations()[inventory.AnnotationPrune] == "false":
		s.action, s.note = Kept, "it would no longer be owned"
	case held:
		s.action, s.note = Deleted, "its deletion would wait for approval"
	default:
		s.action = Deleted
	}
	before := clean(live)
	maskSecrets(before, nil)
	return Difference{Before: before}
}
