package apply

import (
	"context"
	"errors"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// Prepare makes those objects of a part of a set that are not there yet, for what
// has to run before the whole is applied. What is there stays as it is, whatever
// the set says. The objects are written down as pending first, so that they are
// the owner's whether or not the set follows; it tells whether there were any.
func (a *Applier) Prepare(ctx context.Context, part Set, opt Options) (made bool, err error) {
	ctx, err = withIdentity(ctx, opt.Identity)
	if err != nil {
		return false, fmt.Errorf("prepare %s: %w", part.Owner, err)
	}
	record, _, err := a.record(ctx, part.Owner)
	if err != nil {
		return false, unrecorded(part.Owner, err)
	}
	p := a.plan(part, record)
	missing := p.items[:0]
	for _, it := range p.items {
		if !it.ready() {
			missing = append(missing, it) // with what is wrong with it
			continue
		}
		switch _, err := a.get(ctx, it.resource, it.ref); {
		case apierrors.IsNotFound(err):
			missing = append(missing, it)
		case err != nil:
			it.refuse(err)
			missing = append(missing, it)
		}
	}
	if p.items = missing; len(missing) == 0 {
		return false, nil
	}
	if err := a.announce(ctx, p); err != nil {
		return false, unrecorded(part.Owner, err)
	}
	a.run(ctx, p)
	var errs []error
	for _, it := range p.items {
		if it.err != nil {
			errs = append(errs, it.err)
		}
	}
	return true, errors.Join(errs...)
}
