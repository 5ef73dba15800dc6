package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/util/workqueue"

	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/sync/inventory"
)

// recordingWorkers write namespaces' ledgers side by side; patience is how long
// a ledger waits behind applications that are still to be applied.
const (
	recordingWorkers = 4
	patience         = 5 * time.Second
)

// recorder writes ledgers down: inventories, monitor states, the status
// document, the namespace's annotations, Events. A ledger is written once
// however often it was marked in between, and nothing is written that already
// stands there.
type recorder struct {
	client  kubernetes.Interface
	store   *inventory.Store
	gate    *gate
	log     *slog.Logger
	queue   workqueue.TypedRateLimitingInterface[*ledger]
	settled func(namespace string, phase status.Phase) // after each status write

	mu      sync.Mutex
	marked  map[*ledger]bool   // to be written
	written map[string]written // by namespace
}

// written is what stands in the cluster already.
type written struct {
	document  string
	short     [3]string         // phase, revision, message
	histories map[string]string // by application
}

func newRecorder(client kubernetes.Interface, store *inventory.Store, gate *gate, log *slog.Logger,
	settled func(string, status.Phase)) *recorder {
	backoff := workqueue.NewTypedItemExponentialFailureRateLimiter[*ledger](500*time.Millisecond, time.Minute)
	return &recorder{
		client: client, store: store, gate: gate, log: log, settled: settled,
		queue:  workqueue.NewTypedRateLimitingQueue(backoff),
		marked: map[*ledger]bool{}, written: map[string]written{},
	}
}

// gathering is how long what is told is gathered before it is written: of what
// happens at one go, only the end is.
const gathering = 150 * time.Millisecond

// mark asks for the ledger to be written soon.
func (r *recorder) mark(l *ledger) {
	r.mu.Lock()
	r.marked[l] = true
	r.mu.Unlock()
	r.queue.AddAfter(l, gathering)
}

// flush has everything that is marked written now.
func (r *recorder) flush() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for l := range r.marked {
		r.queue.Add(l)
	}
}

// Run writes until ctx ends, then once more what is still due.
func (r *recorder) Run(ctx context.Context) error {
	var workers sync.WaitGroup
	for range recordingWorkers {
		workers.Go(func() {
			for r.next(ctx) {
			}
		})
	}
	<-ctx.Done()
	r.flush()
	r.queue.ShutDownWithDrain()
	workers.Wait()
	r.queue.ShutDown() // ends what waits for a later try, too
	return nil
}

func (r *recorder) next(ctx context.Context) bool {
	l, stop := r.queue.Get()
	if stop {
		return false
	}
	defer r.queue.Done(l)
	r.mu.Lock()
	delete(r.marked, l)
	r.mu.Unlock()
	r.gate.quiet(ctx, patience)
	// What was done is written down even while the agent stops.
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	err := r.write(grace, l)
	switch {
	case err == nil:
		r.queue.Forget(l)
	case apierrors.IsNotFound(err) || apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause):
		r.log.Debug("namespace is gone, its status is not written", "namespace", l.namespace)
		r.queue.Forget(l)
	default:
		r.log.Warn("status not written, will try again", "namespace", l.namespace, "error", err)
		if ctx.Err() == nil {
			r.queue.AddRateLimited(l)
		}
	}
	return true
}

// write takes the ledger's due entries and writes them in the order in which
// they are needed after a crash. The books are locked throughout, so that an
// application's pending record never comes in between.
func (r *recorder) write(ctx context.Context, l *ledger) error {
	l.books.Lock()
	defer l.books.Unlock()
	d := l.take()
	if err := r.writeDue(ctx, l.namespace, &d); err != nil {
		l.giveBack(d)
		return err
	}
	return nil
}

// writeDue empties d of what it has written.
func (r *recorder) writeDue(ctx context.Context, namespace string, d *due) error {
	for app, record := range d.records {
		owner := inventory.Owner{Namespace: namespace, Application: app}
		if err := r.commit(ctx, owner, record); err != nil {
			return err
		}
		delete(d.records, app)
	}
	if len(d.states) > 0 {
		if err := r.patchStates(ctx, namespace, d.states); err != nil {
			return err
		}
		clear(d.states)
	}
	if err := r.writeHistories(ctx, namespace, d.histories); err != nil {
		return err
	}
	if err := r.writeStatus(ctx, namespace, d.status); err != nil {
		return err
	}
	for len(d.events) > 0 {
		event := d.events[0]
		if _, err := r.client.CoreV1().Events(namespace).Create(ctx, &event, metav1.CreateOptions{}); err != nil {
			return fmt.Errorf("create event %s: %w", event.Reason, err)
		}
		d.events = d.events[1:]
	}
	return nil
}

func (r *recorder) commit(ctx context.Context, owner inventory.Owner, record *inventory.Record) error {
	if record == nil {
		return r.store.Delete(ctx, owner)
	}
	return r.store.Put(ctx, owner, *record)
}

func (r *recorder) patchStates(ctx context.Context, namespace string, states map[string]json.RawMessage) error {
	data := map[string]any{}
	for app, state := range states {
		if state == nil {
			data[app] = nil
			continue
		}
		data[app] = string(state)
	}
	return r.patchConfigMap(ctx, namespace, monitorConfigMap, data)
}
