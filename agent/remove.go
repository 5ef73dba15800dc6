package agent

import (
	"context"
	"errors"

	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/render"
	"github.com/spotguide/spotguide/sync/apply"
	"github.com/spotguide/spotguide/sync/inventory"
)

// remove prunes an application that the repository no longer holds and then
// forgets it. Where it was the last one, or pruning is off, a person decides.
func (a *application) remove(ctx context.Context, d desired) {
	if a.removed {
		return
	}
	if !d.binding.Prune {
		a.phase(status.Held, "no longer in the repository; its objects stay, for pruning is off")
		return
	}
	if !d.wave.replaced(a) {
		a.phase(status.Pending, "no longer in the repository; goes once what is new there has been applied")
		return
	}
	if err := a.gate.enter(ctx); err != nil {
		return
	}
	defer a.gate.leave()
	changes, err := a.apply(ctx, apply.Set{Owner: a.owner, Revision: d.snapshot.Revision}, apply.Options{
		Identity: d.binding.Identity(), Prune: true,
		PruneApproved: !d.last || approved(d),
	})
	var held *inventory.HeldError
	switch {
	case errors.As(err, &held):
		a.held(d, held)
	case err != nil:
		a.failed("PruneFailed", err)
		a.again(a.retry.next(err))
	default:
		a.provide(ctx, render.Result{})
		if err := a.steps.Sweep(ctx, a.owner.Namespace, a.owner.Application, nil, d.binding.Identity()); err != nil {
			a.log.Warn("Jobs of its steps left", "error", err)
		}
		if err := a.operations.Forget(ctx, a.owner.Namespace, a.owner.Application); err != nil {
			a.log.Warn("books of its operations left", "error", err)
		}
		a.tell(normal, "Removed", "no longer in the repository: "+summary(changes))
		a.forget()
	}
}

// forget takes the application out of the books.
func (a *application) forget() {
	a.removed = true
	a.sites.Forget(a.owner)
	a.stands = nil
	a.history, a.noted = nil, nil
	a.view, a.told, a.applied = status.Application{Name: a.owner.Application}, status.Application{}, applied{}
	name := a.owner.Application
	a.tenant.ledger.write(func(l *ledger) {
		delete(l.apps, name)
		delete(l.histories, name)
		l.records[name], l.states[name] = nil, nil
	})
	a.recorder.mark(a.tenant.ledger)
}
