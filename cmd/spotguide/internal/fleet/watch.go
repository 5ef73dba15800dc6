package fleet

import (
	"context"
	"fmt"
	"sync"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

// Watch calls look with the namespaces that are followed, by name: once as they
// are, and again whenever one of them or what is told of it changes. With a
// name, it is about that namespace alone, followed or not.
//
// It returns nil once look says that it has seen enough, and else look's error,
// ctx's cause when ctx ends, or why it may not watch.
func Watch(ctx context.Context, client kubernetes.Interface, name string, look func([]Namespace) (enough bool, err error)) error {
	ctx, stop := context.WithCancelCause(ctx)
	w, err := newWatcher(client, name, stop)
	if err != nil {
		return err
	}
	var running sync.WaitGroup
	defer running.Wait()
	defer stop(nil)
	synced := make([]cache.InformerSynced, 0, len(w.informers()))
	for _, informer := range w.informers() {
		synced = append(synced, informer.HasSynced)
		running.Go(func() { informer.RunWithContext(ctx) })
	}
	if !cache.WaitForCacheSync(ctx.Done(), synced...) {
		return context.Cause(ctx)
	}
	for {
		all, err := w.read(ctx)
		if err != nil {
			return err
		}
		if enough, err := look(all); enough || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-w.wake:
		}
	}
}

// watcher holds what it sees of the cluster. One that is about a single
// namespace watches its status document only, and reads the Namespace again when
// that changes: a role bound in the namespace allows no more.
type watcher struct {
	client     kubernetes.Interface
	name       string
	namespaces cache.SharedIndexInformer // nil with a name
	documents  cache.SharedIndexInformer
	wake       chan struct{} // of size 1: many changes are one look
}

func newWatcher(client kubernetes.Interface, name string, fail context.CancelCauseFunc) (*watcher, error) {
	w := &watcher{client: client, name: name, wake: make(chan struct{}, 1)}
	w.documents = informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithNamespace(name),
		informers.WithTweakListOptions(func(o *metav1.ListOptions) { o.FieldSelector = documentSelector() }),
	).Core().V1().ConfigMaps().Informer()
	if name == "" {
		w.namespaces = informers.NewSharedInformerFactory(client, 0).Core().V1().Namespaces().Informer()
	}
	for _, informer := range w.informers() {
		if err := w.observe(informer, fail); err != nil {
			return nil, fmt.Errorf("watch: %w", err)
		}
	}
	return w, nil
}

func (w *watcher) informers() []cache.SharedIndexInformer {
	if w.namespaces == nil {
		return []cache.SharedIndexInformer{w.documents}
	}
	return []cache.SharedIndexInformer{w.documents, w.namespaces}
}

// observe wakes on every event. A refused watch ends everything; any other
// failure is tried again by the informer.
func (w *watcher) observe(informer cache.SharedIndexInformer, fail context.CancelCauseFunc) error {
	wake := func() {
		select {
		case w.wake <- struct{}{}:
		default:
		}
	}
	_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { wake() },
		UpdateFunc: func(any, any) { wake() },
		DeleteFunc: func(any) { wake() },
	})
	if err != nil {
		return err
	}
	return informer.SetWatchErrorHandlerWithContext(func(_ context.Context, _ *cache.Reflector, err error) {
		if apierrors.IsForbidden(err) || apierrors.IsUnauthorized(err) {
			fail(fmt.Errorf("watch: %w", err))
		}
	})
}

// read joins what the informers hold.
func (w *watcher) read(ctx context.Context) ([]Namespace, error) {
	documents := stored[*corev1.ConfigMap](w.documents)
	if w.namespaces != nil {
		return join(stored[*corev1.Namespace](w.namespaces), documents)
	}
	n, err := getNamespace(ctx, w.client, w.name)
	if err == nil && len(documents) > 0 {
		n.Status, err = decode(documents[0])
	}
	return []Namespace{n}, err
}

func stored[T any](informer cache.SharedIndexInformer) []T {
	var all []T
	for _, o := range informer.GetStore().List() {
		if item, ok := o.(T); ok {
			all = append(all, item)
		}
	}
	return all
}
