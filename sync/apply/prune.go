package apply

import (
	"context"
	"errors"
	"slices"

	"github.com/spotguide/spotguide/sync/inventory"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// stale is an owned object that the set lacks.
type stale struct {
	item
	// kept: the object opted out when it was last applied.
	kept bool
	// gone: nothing is owned any more, whether deleted, kept or moved.
	gone bool
}

// prune deletes what the record holds and the set lacks. What cannot or must not
// be deleted now stays owned, as pending.
func (a *Applier) prune(ctx context.Context, set Set, record inventory.Record, p *plan, opt Options, complete bool, result *Result) []error {
	leftover := p.leftover(record)
	if len(leftover) == 0 {
		return nil
	}
	var errs []error
	held := inventory.Guard(set.Owner, record, p.refs())
	if held != nil && opt.Prune && complete && !opt.PruneApproved {
		errs = append(errs, held)
	}
	if opt.Prune && complete && (held == nil || opt.PruneApproved) {
		errs = append(errs, a.remove(ctx, set.Owner, leftover, opt)...)
	}
	for _, s := range leftover {
		if s.action != "" {
			result.Changes = append(result.Changes, s.change())
		}
		if !s.gone {
			result.Record.Pending = append(result.Record.Pending, s.ref)
		}
	}
	return errs
}

// leftover lists what the record holds and the set lacks.
func (p *plan) leftover(record inventory.Record) []*stale {
	wanted := make(map[inventory.Ref]bool, len(p.items))
	for _, it := range p.items {
		wanted[it.ref.ID()] = true
	}
	var left []*stale
	add := func(ref inventory.Ref, kept bool) {
		if !wanted[ref.ID()] {
			wanted[ref.ID()] = true
			left = append(left, &stale{item: item{ref: ref}, kept: kept})
		}
	}
	for _, entry := range record.Committed {
		add(entry.Ref, entry.Keep)
	}
	for _, ref := range record.Pending {
		add(ref, false)
	}
	return left
}

// remove deletes the objects in the reverse of the order of applying.
func (a *Applier) remove(ctx context.Context, owner inventory.Owner, leftover []*stale, opt Options) []error {
	byStage := make([][]*item, stages)
	of := make(map[*item]*stale, len(leftover))
	for _, s := range leftover {
		if a.locate(s) {
			of[&s.item] = s
			byStage[s.stage] = append(byStage[s.stage], &s.item)
		}
	}
	for _, items := range slices.Backward(byStage) {
		a.parallel(items, func(it *item) { a.removeOne(ctx, owner, of[it], opt) })
	}
	var errs []error
	for _, s := range leftover {
		if s.err != nil {
			errs = append(errs, s.err)
		}
	}
	return errs
}

// locate finds how the object is served. One whose kind is served no more is gone.
func (a *Applier) locate(s *stale) bool {
	gvk := schema.GroupVersionKind{Group: s.ref.Group, Version: s.ref.Version, Kind: s.ref.Kind}
	found, err := a.kinds.lookup(gvk)
	if meta.IsNoMatchError(err) {
		s.gone = true
		return false
	}
	if err != nil {
		s.refuse(err)
		return false
	}
	s.resource, s.stage = found, stageFor(gvk.GroupKind(), found.namespaced)
	return true
}

// removeOne deletes one object if it is still the owner's to delete.
func (a *Applier) removeOne(ctx context.Context, owner inventory.Owner, s *stale, opt Options) {
	if s.kept {
		s.keep("it is annotated " + inventory.AnnotationPrune + `: "false"`)
		return
	}
	if s.protected() && !opt.PruneProtected {
		s.keep("objects of kind " + s.ref.Kind + " are not deleted unless the agent is told to")
		return
	}
	release, holder, ok := a.claims.hold(owner, s.ref)
	defer release()
	if !ok {
		s.keep("it moved to application " + holder.String())
		return
	}
	live, err := a.get(ctx, s.resource, s.ref)
	switch {
	case apierrors.IsNotFound(err):
		s.gone = true
	case err != nil:
		s.refuse(err)
	case inventory.OwnerOf(live.Labels) != owner:
		s.keep("it no longer bears this application's labels")
	case live.Annotations[inventory.AnnotationPrune] == "false":
		s.keep("it is annotated " + inventory.AnnotationPrune + `: "false"`)
	default:
		a.delete(ctx, s, live)
	}
}

// delete removes just the object that was looked at.
func (a *Applier) delete(ctx context.Context, s *stale, live *metav1.PartialObjectMetadata) {
	done, err := a.slot(ctx)
	if err != nil {
		s.refuse(err)
		return
	}
	defer done()
	ctx, cancel := context.WithTimeout(ctx, a.timeout)
	defer cancel()
	background := metav1.DeletePropagationBackground
	err = a.metadata.Resource(s.resource.gvr).Namespace(s.ref.Namespace).Delete(ctx, s.ref.Name, metav1.DeleteOptions{
		Preconditions:     &metav1.Preconditions{UID: &live.UID},
		PropagationPolicy: &background,
	})
	if err != nil && !apierrors.IsNotFound(err) {
		s.refuse(err)
		return
	}
	s.action, s.gone = Deleted, true
}

// protected tells that others' data may go with the object.
func (s *stale) protected() bool {
	return slices.Contains([]schema.GroupKind{namespaceKind, crdKind, claimKind}, s.resource.gvk.GroupKind())
}

// keep leaves the object in the cluster and lets go of it.
func (s *stale) keep(why string) { s.action, s.note, s.gone = Kept, why, true }

// Held returns what is held from pruning if err tells of it.
func Held(err error) (*inventory.HeldError, bool) {
	var held *inventory.HeldError
	ok := errors.As(err, &held)
	return held, ok
}

// Temporary tells that err holds failures that may heal soon by themselves, and
// nothing else.
func Temporary(err error) bool {
	failures := Failures(err)
	for _, failure := range failures {
		if !failure.Temporary() {
			return false
		}
	}
	return len(failures) > 0
}

// Failures lists the failed objects that err, as returned by Apply, tells of.
func Failures(err error) []*Error {
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		var all []*Error
		for _, one := range joined.Unwrap() {
			all = append(all, Failures(one)...)
		}
		return all
	}
	var failure *Error
	if errors.As(err, &failure) {
		return []*Error{failure}
	}
	return nil
}
