package drift

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"github.com/go-logr/logr"
	"github.com/spotguide/spotguide/sync/inventory"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
)

// Watcher watches the kinds that it is told of.
type Watcher struct {
	mapper   meta.RESTMapper
	metadata metadata.Interface
	rest     *rest.RESTClient
	notify   func(inventory.Owner)
	log      *slog.Logger
	shared   *shared

	added chan struct{} // size 1: there are kinds to start

	mu      sync.RWMutex
	kinds   map[schema.GroupKind]*kindWatch
	waiting []*kindWatch

	dirtyMu sync.Mutex
	dirty   map[inventory.Owner]struct{}
	wake    chan struct{} // size 1: there are owners to tell
}

// New returns a Watcher that acts as the agent itself. notify is called by Run,
// one call at a time, for each application of which something worth looking at
// was seen: a foreign hand, a deletion, another health. Calls for one owner
// coalesce; notify must not block for long.
func New(cfg *rest.Config, mapper meta.RESTMapper, notify func(inventory.Owner), log *slog.Logger) (*Watcher, error) {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	cfg = rest.CopyConfig(cfg)
	cfg.QPS = -1
	cfg.Timeout = 0 // a watch lasts
	cfg.WarningHandler = rest.NoWarnings{}
	client, err := rest.HTTPClientFor(cfg)
	if err != nil {
		return nil, fmt.Errorf("make client for watching: %w", err)
	}
	forMetadata := metadata.ConfigFor(cfg)
	lister, err := metadata.NewForConfigAndClient(forMetadata, client)
	if err != nil {
		return nil, fmt.Errorf("make client for watching: %w", err)
	}
	forMetadata.GroupVersion = &schema.GroupVersion{}
	forMetadata.APIPath = "/every-request-brings-its-own"
	reader, err := rest.RESTClientForConfigAndClient(forMetadata, client)
	if err != nil {
		return nil, fmt.Errorf("make client for watching: %w", err)
	}
	return &Watcher{
		mapper: mapper, metadata: lister, rest: reader, notify: notify, log: log,
		shared: newShared(),
		added:  make(chan struct{}, 1), wake: make(chan struct{}, 1),
		kinds: make(map[schema.GroupKind]*kindWatch),
		dirty: make(map[inventory.Owner]struct{}),
	}, nil
}

// Watch sees to it that the kinds of the objects are watched; kinds that are
// already cost nothing. It may be called before Run.
func (w *Watcher) Watch(refs ...inventory.Ref) {
	for _, ref := range refs {
		w.watch(ref)
	}
}

func (w *Watcher) watch(ref inventory.Ref) *kindWatch {
	kind := schema.GroupVersionKind{Group: ref.Group, Version: ref.Version, Kind: ref.Kind}
	w.mu.RLock()
	k := w.kinds[kind.GroupKind()]
	w.mu.RUnlock()
	if k != nil {
		return k
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if k := w.kinds[kind.GroupKind()]; k != nil {
		return k
	}
	k = newKindWatch(w, kind)
	w.kinds[kind.GroupKind()] = k
	w.waiting = append(w.waiting, k)
	nudge(w.added)
	return k
}

// Sync watches the kinds of the objects and waits until what there is of each is
// known, or until it is known why it cannot be: such a kind stays unknown.
func (w *Watcher) Sync(ctx context.Context, refs ...inventory.Ref) error {
	for _, ref := range refs {
		select {
		case <-w.watch(ref).settled:
		case <-ctx.Done():
			return fmt.Errorf("wait for the watch of %s: %w", ref.Kind, ctx.Err())
		}
	}
	return nil
}

// Run watches until the context ends.
func (w *Watcher) Run(ctx context.Context) error {
	ctx = klog.NewContext(ctx, logr.FromSlogHandler(w.log.Handler()))
	var group sync.WaitGroup
	defer group.Wait()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-w.added:
			for _, k := range w.take() {
				group.Go(func() { k.run(ctx) })
			}
		case <-w.wake:
			for _, owner := range w.owners() {
				w.notify(owner)
			}
		}
	}
}

func (w *Watcher) take() []*kindWatch {
	w.mu.Lock()
	defer w.mu.Unlock()
	taken := w.waiting
	w.waiting = nil
	return taken
}

// changed notes an owner to be told.
func (w *Watcher) changed(owner inventory.Owner) {
	w.dirtyMu.Lock()
	w.dirty[owner] = struct{}{}
	w.dirtyMu.Unlock()
	nudge(w.wake)
}

func (w *Watcher) owners() []inventory.Owner {
	w.dirtyMu.Lock()
	defer w.dirtyMu.Unlock()
	owners := make([]inventory.Owner, 0, len(w.dirty))
	for owner := range w.dirty {
		owners = append(owners, owner)
	}
	clear(w.dirty)
	return owners
}

// Get tells what is known of an object. It is false while its kind is not
// watched or not synced; an object that is known not to be there is Deleted.
func (w *Watcher) Get(ref inventory.Ref) (Seen, bool) {
	w.mu.RLock()
	k := w.kinds[schema.GroupKind{Group: ref.Group, Kind: ref.Kind}]
	w.mu.RUnlock()
	if k == nil {
		return Seen{}, false
	}
	return k.memory.get(ref)
}

// Await is Get for one who waits until the watch shows what was applied. When it
// does not yet, the owner is told once it does, though nothing else may have
// happened to the object.
func (w *Watcher) Await(applied inventory.Entry) (Seen, bool) {
	w.mu.RLock()
	k := w.kinds[schema.GroupKind{Group: applied.Group, Kind: applied.Kind}]
	w.mu.RUnlock()
	if k == nil {
		return Seen{}, false
	}
	seen, known := k.memory.get(applied.Ref)
	if known && seen.Before(applied) {
		return k.memory.await(applied)
	}
	return seen, known
}

// Owner tells whose labels the object bears, the zero Owner when there is no
// such object or it bears none. known is false while the kind is not synced.
func (w *Watcher) Owner(ref inventory.Ref) (owner inventory.Owner, known bool) {
	seen, known := w.Get(ref)
	return seen.Owner, known
}

// Untouched tells that the object is known to hold all that the entry says was
// applied, and not to be on its way out.
func (w *Watcher) Untouched(entry inventory.Entry) bool {
	seen, known := w.Get(entry.Ref)
	switch {
	case !known:
		return false
	case older(seen.ResourceVersion, entry.ResourceVersion):
		return true // the watch has yet to show our own apply
	case seen.Deleted, seen.Health == terminating:
		return false
	}
	return seen.Fields == entry.Fields
}

// nudge wakes a channel's reader once, however often it is called.
func nudge(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
