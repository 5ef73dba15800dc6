package apply

import (
	"context"
	"fmt"
	"slices"

	"github.com/spotguide/spotguide/sync/inventory"
	"golang.org/x/sync/errgroup"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// claim settles whose the objects are. Those that another application holds or
// bears fail; objects that nobody owns are adopted.
func (a *Applier) claim(ctx context.Context, p *plan) {
	contested := a.claims.declare(p.owner, p.refs())
	var group errgroup.Group
	for _, it := range p.items {
		if !it.ready() {
			continue
		}
		if holder, ok := contested[it.ref]; ok {
			it.taken(holder)
			continue
		}
		if a.live != nil {
			if holder, known := a.live.Owner(it.ref); known {
				a.settle(ctx, it, p.owner, holder)
				continue
			}
		}
		if it.prior != nil {
			continue // the record says that it is ours
		}
		group.Go(func() error {
			defer a.contain(it)
			a.inspect(ctx, it, p.owner)
			return nil
		})
	}
	_ = group.Wait() // the functions return no errors; items hold them
}

// inspect reads the object's labels from the API server.
func (a *Applier) inspect(ctx context.Context, it *item, owner inventory.Owner) {
	live, err := a.get(ctx, it.resource, it.ref)
	if apierrors.IsNotFound(err) {
		return
	}
	if err != nil {
		it.refuse(err)
		return
	}
	a.settle(ctx, it, owner, inventory.OwnerOf(live.Labels))
}

// settle decides on an object that bears holder's labels. What the holder has
// let go of may be taken over; what it still wants it gets, even if the owner
// was the first to ask, as after a restart.
func (a *Applier) settle(ctx context.Context, it *item, owner, holder inventory.Owner) {
	if holder == owner || holder.Application == "" {
		return
	}
	if a.wants(ctx, holder, it.ref) {
		it.taken(holder)
		a.claims.cede(owner, it.ref)
	}
}

// wants tells whether the holder of an object has not let go of it: one that has
// said what it wants would have contested the claim, of another the record tells.
func (a *Applier) wants(ctx context.Context, holder inventory.Owner, ref inventory.Ref) bool {
	if a.claims.known(holder) {
		return a.claims.awaited(holder, ref)
	}
	record, err := a.store.Get(ctx, holder)
	return err != nil || slices.ContainsFunc(record.Refs(), func(r inventory.Ref) bool { return r.ID() == ref.ID() })
}

func (it *item) taken(holder inventory.Owner) {
	it.fail(Conflict, fmt.Errorf("application %s owns it", holder), "remove it from one of the two applications")
	it.err.temporary = true // it may be about to move
}

// get reads an object's metadata.
func (a *Applier) get(ctx context.Context, r resource, ref inventory.Ref) (*metav1.PartialObjectMetadata, error) {
	done, err := a.slot(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	return a.metadata.Resource(r.gvr).Namespace(ref.Namespace).Get(ctx, ref.Name, metav1.GetOptions{})
}
