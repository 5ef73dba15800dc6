package drift

import (
	"context"
	"sync"
	"time"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/tools/cache"
)

var terminating = status.TerminatingStatus.String()

// kindWatch is the watch of one kind.
type kindWatch struct {
	watcher *Watcher
	kind    schema.GroupVersionKind
	memory  *memory
	feed    feed

	// settled is closed when the kind is synced or first failed.
	settled chan struct{}
	once    sync.Once
	problem string // logged last; only run's goroutines use it, under mu
	mu      sync.Mutex
}

func newKindWatch(w *Watcher, kind schema.GroupVersionKind) *kindWatch {
	return &kindWatch{
		watcher: w, kind: kind,
		memory:  newMemory(kind, w.shared, w.changed),
		settled: make(chan struct{}),
	}
}

// run watches until the context ends. The reflector does the listing, resuming,
// bookmarks and backing off.
func (k *kindWatch) run(ctx context.Context) {
	if !k.resolve(ctx) {
		return
	}
	cache.NewReflectorWithOptions(k.listWatch(), nil, k, cache.ReflectorOptions{
		Name:            "drift",
		TypeDescription: k.kind.GroupKind().String(),
	}).RunWithContext(ctx)
}

// resolve finds how the kind is served; it waits for one that is not served yet.
func (k *kindWatch) resolve(ctx context.Context) bool {
	backoff := wait.Backoff{Duration: time.Second, Factor: 2, Steps: 6, Cap: 30 * time.Second, Jitter: 0.1}
	err := backoff.DelayFunc().Until(ctx, true, true, func(context.Context) (bool, error) {
		mapping, err := k.watcher.mapper.RESTMapping(k.kind.GroupKind(), k.kind.Version)
		if meta.IsNoMatchError(err) {
			meta.MaybeResetRESTMapper(k.watcher.mapper)
			mapping, err = k.watcher.mapper.RESTMapping(k.kind.GroupKind(), k.kind.Version)
		}
		if err != nil {
			k.fail(err)
			return false, nil
		}
		k.feed = wholeFeed{k.watcher.rest, mapping.Resource}
		if statusless[k.kind.GroupKind()] {
			k.feed = metadataFeed{k.watcher.metadata, mapping.Resource}
		}
		return true, nil
	})
	return err == nil
}

// listWatch passes the feed on and notes its failures.
func (k *kindWatch) listWatch() *cache.ListWatch {
	return &cache.ListWatch{
		ListWithContextFunc: func(ctx context.Context, options metav1.ListOptions) (runtime.Object, error) {
			list, err := k.feed.ListWithContext(ctx, options)
			k.note(ctx, err)
			return list, err
		},
		WatchFuncWithContext: func(ctx context.Context, options metav1.ListOptions) (watch.Interface, error) {
			events, err := k.feed.WatchWithContext(ctx, options)
			k.note(ctx, err)
			return events, err
		},
	}
}

func (k *kindWatch) note(ctx context.Context, err error) {
	switch {
	case ctx.Err() != nil:
	case err != nil:
		k.fail(err)
	default:
		k.recover()
	}
}

// fail logs why the kind cannot be watched, once for each reason.
func (k *kindWatch) fail(err error) {
	k.mu.Lock()
	problem := string(apierrors.ReasonForError(err))
	if problem == "" {
		problem = err.Error()
	}
	told := k.problem == problem
	k.problem = problem
	k.mu.Unlock()
	if !told {
		k.watcher.log.Warn("kind cannot be watched for drift", "kind", k.kind.GroupKind().String(), "error", err)
	}
	k.once.Do(func() { close(k.settled) })
}

func (k *kindWatch) recover() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.problem != "" {
		k.problem = ""
		k.watcher.log.Info("kind is watched for drift again", "kind", k.kind.GroupKind().String())
	}
}

// The reflector's store is the memory; a first list settles the kind.

func (k *kindWatch) Add(o any) error               { return k.memory.Add(o) }
func (k *kindWatch) Update(o any) error            { return k.memory.Update(o) }
func (k *kindWatch) Delete(o any) error            { return k.memory.Delete(o) }
func (k *kindWatch) Resync() error                 { return nil }
func (k *kindWatch) Bookmark(version string) error { return k.memory.Bookmark(version) }

func (k *kindWatch) Replace(list []any, version string) error {
	err := k.memory.Replace(list, version)
	k.once.Do(func() { close(k.settled) })
	return err
}
