package agent

import (
	"context"
	"errors"
	"fmt"

	"github.com/spotguide/spotguide/monitor/operate"
	"github.com/spotguide/spotguide/monitor/sla"
	"github.com/spotguide/spotguide/spotguides/guide"
)

// operating lets the guide's analyzer have operations, tells of those that are over,
// and says what is under way.
func (a *application) operating() string {
	namespace, name := a.owner.Namespace, a.owner.Application
	operator, _ := a.analyzers[a.applied.guide.Name()].(guide.Operator)
	a.operations.Follow(namespace, name, operator)
	for _, e := range a.operations.Ended(namespace, name) {
		a.operated(e)
	}
	if order, progress, is := a.operations.Current(namespace, name); is && progress != "" {
		a.loop.Note(a.ordered(order), "under way: "+progress)
	}
	return a.operations.Busy(namespace, name)
}

// operated tells what came of an operation.
func (a *application) operated(e operate.Ended) {
	message := fmt.Sprintf("%s by rule %s: ", e.Operation, e.Rule)
	a.leaving.ended(e)
	switch {
	case errors.Is(e.Err, guide.ErrCancelled):
		a.loop.Note(a.ordered(e.Order), "cancelled")
		a.tell(normal, "OperationCancelled", message+"what was moved stays, what was being moved went back")
	case e.Err != nil:
		a.loop.Note(a.ordered(e.Order), "failed: "+e.Err.Error())
		a.tell(warning, "OperationFailed", message+e.Err.Error())
	default:
		a.loop.Note(a.ordered(e.Order), e.Outcome)
		a.tell(normal, "OperationDone", message+e.Outcome)
	}
}

// ordered is the action that an order came from.
func (a *application) ordered(o operate.Order) sla.Action {
	return sla.Action{
		Kind: sla.Operate, Rule: o.Rule, Operation: o.Operation,
		Target: sla.Target{Kind: sla.KindApplication, Namespace: o.Namespace, Name: o.Application},
	}
}

// planned is what an operation that waits for approval would do. It is not ready
// until that is known, and where there is nothing to approve of.
func (a *application) planned(p sla.Pending) (text string, ready bool) {
	if p.Operation == "" {
		return "", true
	}
	order := operate.Order{
		Namespace: a.owner.Namespace, Application: a.owner.Application,
		Operation: p.Operation, Rule: p.Rule, Approval: p.Approval,
	}
	a.operations.Propose(order)
	plan, is := a.operations.Proposal(order)
	if !is || plan.Err != nil || plan.Outcome == "" {
		return "", false
	}
	return fmt.Sprintf(" (%s; the plan is in ConfigMap %s)", plan.Outcome, operate.ConfigMap), true
}

// begin has an operation carried out, on behalf of a remedy.
func (w *workshop) begin(ctx context.Context, action sla.Action) (string, error) {
	return w.operations.Begin(ctx, operate.Order{
		Namespace: action.Target.Namespace, Application: action.Target.Name,
		Operation: action.Operation, Rule: action.Rule, Approval: action.Approval,
	})
}
