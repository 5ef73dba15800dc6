package operate

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// reaching is how long an application that is to be operated on may have no pod.
const reaching = 10 * time.Minute

// recall reads what another agent has left, and goes on with it.
func (o *Operations) recall(ctx context.Context, j *job) {
	for {
		written, err := o.books.read(ctx, j.namespace, j.application)
		if err == nil {
			order := written.order
			o.mu.Lock()
			j.known = true
			if written.state == underWay {
				j.order = &order
			}
			o.mu.Unlock()
			if written.state == underWay {
				o.log.Info("operation taken up again", "namespace", j.namespace, "application", j.application, "operation", order.Operation)
				o.operate(ctx, j, order, true)
			}
			return
		}
		if ctx.Err() != nil {
			return
		}
		o.log.Warn("operations not known, will try again", "namespace", j.namespace, "application", j.application, "error", err)
		if !wait(ctx, again) {
			return
		}
	}
}

// operate carries an order out to its end, or until ctx ends.
func (o *Operations) operate(ctx context.Context, j *job, order Order, resumed bool) {
	outcome, err := o.ask(ctx, j, order, func(ctx context.Context, p guide.Operator, asked guide.Operated) (string, error) {
		asked.Resumed, asked.Approved = resumed, order.Approval != ""
		return p.Operate(ctx, asked)
	})
	cancelled := errors.Is(context.Cause(ctx), guide.ErrCancelled)
	if ctx.Err() != nil && !cancelled {
		o.mu.Lock()
		j.known, j.order = false, nil // to be taken up again
		o.mu.Unlock()
		return
	}
	if cancelled && err == nil && outcome == "" {
		outcome = "cancelled"
	}
	o.close(context.WithoutCancel(ctx), j, order)
	o.mu.Lock()
	j.order, j.progress = nil, ""
	j.ended = append(j.ended, Ended{order, outcome, err})
	o.mu.Unlock()
}

// close writes down that an order is over. While that cannot be done, the next
// agent would take it up again, and find nothing to do.
func (o *Operations) close(ctx context.Context, j *job, order Order) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		written, err := o.books.read(ctx, j.namespace, j.application)
		if err == nil {
			err = o.books.write(ctx, order, over, written.books)
		}
		if err == nil || !wait(ctx, again) {
			if err != nil {
				o.log.Warn("end of an operation not written down", "namespace", j.namespace, "application", j.application, "error", err)
			}
			return
		}
	}
}

// ask hands an order to the operator, once its application can be reached. A panic
// is the operator's own failure.
func (o *Operations) ask(ctx context.Context, j *job, order Order, do func(context.Context, guide.Operator, guide.Operated) (string, error)) (outcome string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("analyzer panicked: %v", p)
		}
	}()
	o.mu.Lock()
	operator := j.operator
	o.mu.Unlock()
	written, err := o.books.read(ctx, j.namespace, j.application)
	if err != nil {
		return "", err
	}
	analyzed, err := o.reach(j.namespace, j.application)
	for deadline := time.Now().Add(reaching); err != nil && time.Now().Before(deadline); {
		if !wait(ctx, again) {
			return "", ctx.Err()
		}
		analyzed, err = o.reach(j.namespace, j.application)
	}
	if err != nil || operator == nil {
		return "", err
	}
	state := underWay
	if written.state == proposed && order.Approval == written.order.Approval {
		state = proposed
	}
	return do(ctx, operator, guide.Operated{
		Analyzed: analyzed, Operation: order.Operation, Books: written.books,
		Write: func(ctx context.Context, books map[string][]byte) error {
			return o.books.write(ctx, order, state, books)
		},
		Tell: func(progress string) {
			o.mu.Lock()
			j.progress = progress
			o.mu.Unlock()
		},
	})
}

// Propose has an operation planned for an approval, unless it was already. What it
// would do is told by Proposal.
func (o *Operations) Propose(order Order) {
	o.mu.Lock()
	defer o.mu.Unlock()
	j := o.jobs[key{order.Namespace, order.Application}]
	if j == nil || j.operator == nil || !j.known || j.busy || j.proposed != nil && j.proposed.Order == order {
		return
	}
	o.submit(j, func(ctx context.Context, j *job) { o.propose(ctx, j, order) })
}

func (o *Operations) propose(ctx context.Context, j *job, order Order) {
	err := o.books.write(ctx, order, proposed, nil)
	outcome := ""
	if err == nil {
		outcome, err = o.ask(ctx, j, order, func(ctx context.Context, p guide.Operator, asked guide.Operated) (string, error) {
			ctx, cancel := context.WithTimeout(ctx, time.Minute)
			defer cancel()
			return p.Propose(ctx, asked)
		})
	}
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		o.log.Warn("operation not planned", "namespace", j.namespace, "application", j.application, "operation", order.Operation, "error", err)
	}
	o.mu.Lock()
	j.proposed = &Ended{order, outcome, err}
	o.mu.Unlock()
}

// Proposal is what has been planned for an order; false until it is.
func (o *Operations) Proposal(order Order) (Ended, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	j := o.jobs[key{order.Namespace, order.Application}]
	if j == nil || j.proposed == nil || j.proposed.Order != order {
		return Ended{}, false
	}
	return *j.proposed, true
}

// Forget takes an application that is gone out of the books.
func (o *Operations) Forget(ctx context.Context, namespace, application string) error {
	o.Follow(namespace, application, nil)
	return o.books.forget(ctx, namespace, application)
}

func wait(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
