package operate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"k8s.io/client-go/kubernetes"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// Order asks for an operation of an application.
type Order struct {
	Namespace   string `json:"-"`
	Application string `json:"-"`
	Operation   string `json:"operation"`
	// Rule that asked for it, and the approval that its plan needs, empty for none.
	Rule     string `json:"rule"`
	Approval string `json:"approval,omitempty"`
}

// Ended is an operation that is over.
type Ended struct {
	Order
	Outcome string
	Err     error
}

// Reach gives an Operator its way to an application.
type Reach func(namespace, application string) (guide.Analyzed, error)

// Operations run the operations of all applications. Safe for concurrent use.
type Operations struct {
	books   books
	reach   Reach
	changed func(namespace, application string)
	log     *slog.Logger
	wake    chan struct{}

	mu    sync.Mutex
	jobs  map[key]*job
	queue []task
}

type key struct{ namespace, application string }

// job is what is known of one application. A task works for it while busy.
type job struct {
	key
	operator guide.Operator // nil once nobody follows it
	known    bool           // its books were read
	busy     bool
	stop     context.CancelCauseFunc // of the task
	order    *Order                  // under way
	progress string
	proposed *Ended // the last proposal
	ended    []Ended
}

// task is a piece of work for a job.
type task struct {
	*job
	run func(context.Context, *job)
}

// again is how long what could not be read or reached is left alone.
const again = 5 * time.Second

// New makes Operations. changed is told when an application should be looked at.
func New(client kubernetes.Interface, reach Reach, changed func(namespace, application string), log *slog.Logger) *Operations {
	return &Operations{
		books: books{client.CoreV1()}, reach: reach, changed: changed, log: log,
		wake: make(chan struct{}, 1), jobs: map[key]*job{},
	}
}

// Run carries orders out until ctx ends, and waits for what it started. What is
// under way then is taken up again by the next agent.
func (o *Operations) Run(ctx context.Context) error {
	var working sync.WaitGroup
	defer working.Wait()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-o.wake:
		}
		o.mu.Lock()
		queue := o.queue
		o.queue = nil
		o.mu.Unlock()
		for _, t := range queue {
			working.Go(func() { o.work(ctx, t) })
		}
	}
}

// work runs one task and frees the job for the next one.
func (o *Operations) work(ctx context.Context, t task) {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	o.mu.Lock()
	t.stop = stop
	if t.operator == nil {
		stop(nil)
	}
	o.mu.Unlock()
	t.run(ctx, t.job)
	o.mu.Lock()
	t.busy, t.stop = false, nil
	switch {
	case t.operator == nil:
		delete(o.jobs, t.key)
	case !t.known:
		o.submit(t.job, o.recall)
	}
	o.mu.Unlock()
	o.changed(t.namespace, t.application)
}

// submit hands a task to Run. The lock is held.
func (o *Operations) submit(j *job, run func(context.Context, *job)) {
	j.busy = true
	o.queue = append(o.queue, task{j, run})
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// Follow lets an application have operations; nil ends that, and what is under way
// is left where it is.
func (o *Operations) Follow(namespace, application string, operator guide.Operator) {
	o.mu.Lock()
	defer o.mu.Unlock()
	k := key{namespace, application}
	j := o.jobs[k]
	switch {
	case j == nil && operator == nil:
		return
	case j == nil:
		j = &job{key: k}
		o.jobs[k] = j
	}
	j.operator = operator
	switch {
	case operator == nil && j.stop != nil:
		j.known = false
		j.stop(nil)
	case operator == nil && !j.busy:
		delete(o.jobs, k)
	case operator != nil && !j.known && !j.busy:
		o.submit(j, o.recall)
	}
}

// Busy says what is under way; "" for nothing.
func (o *Operations) Busy(namespace, application string) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	j := o.jobs[key{namespace, application}]
	switch {
	case j == nil:
		return ""
	case j.order != nil && j.progress != "":
		return fmt.Sprintf("%s is under way: %s", j.order.Operation, j.progress)
	case j.order != nil:
		return j.order.Operation + " is under way"
	case !j.known:
		return "it is not known yet whether an operation is under way"
	}
	return ""
}

// Current is the order that is under way, and how far it has got.
func (o *Operations) Current(namespace, application string) (order Order, progress string, is bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if j := o.jobs[key{namespace, application}]; j != nil && j.order != nil {
		return *j.order, j.progress, true
	}
	return Order{}, "", false
}

// Ended hands over the operations that are over.
func (o *Operations) Ended(namespace, application string) []Ended {
	o.mu.Lock()
	defer o.mu.Unlock()
	j := o.jobs[key{namespace, application}]
	if j == nil {
		return nil
	}
	ended := j.ended
	j.ended = nil
	return ended
}

// Cancel ends what is under way, leaving nothing half done. It returns false where
// nothing is.
func (o *Operations) Cancel(namespace, application string) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	j := o.jobs[key{namespace, application}]
	if j == nil || j.order == nil || j.stop == nil {
		return false
	}
	j.stop(guide.ErrCancelled)
	return true
}

// Begin has an order carried out once it is written down. One that needs an
// approval carries out what Propose has planned for that approval.
func (o *Operations) Begin(ctx context.Context, order Order) (string, error) {
	j, err := o.take(order)
	if err != nil {
		return "", err
	}
	err = o.enter(ctx, order)
	o.mu.Lock()
	defer o.mu.Unlock()
	if err != nil {
		j.busy = false
		return "", err
	}
	j.order, j.progress = &order, ""
	o.submit(j, func(ctx context.Context, j *job) { o.operate(ctx, j, order, false) })
	return "begun", nil
}

// take makes a job busy.
func (o *Operations) take(order Order) (*job, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	j := o.jobs[key{order.Namespace, order.Application}]
	switch {
	case j == nil || j.operator == nil:
		return nil, errors.New("its guide has no analyzer that operates")
	case !j.known:
		return nil, errors.New("it is not known yet whether an operation is under way")
	case j.busy:
		return nil, errors.New("another operation is under way")
	}
	j.busy = true
	return j, nil
}

// enter writes an order down.
func (o *Operations) enter(ctx context.Context, order Order) error {
	written, err := o.books.read(ctx, order.Namespace, order.Application)
	if err != nil {
		return err
	}
	if order.Approval == "" {
		return o.books.write(ctx, order, underWay, nil)
	}
	if written.state != proposed || written.order.Approval != order.Approval || written.order.Operation != order.Operation {
		return errors.New("the plan that was approved of is not there any more: another one is made and has to be approved of")
	}
	return o.books.write(ctx, order, underWay, written.books)
}
