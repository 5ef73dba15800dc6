package agent

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/tools/cache"

	"github.com/spotguide/spotguide/agent/binding"
)

// namespaces watches the metadata of namespaces and hands their annotations on.
type namespaces struct {
	informer  cache.SharedIndexInformer
	annotated func(ctx context.Context, namespace string, annotations map[string]string)
	allKnown  func() // called once those that there are at the start have been annotated
}

func newNamespaces(client metadata.Interface, selector string,
	annotated func(context.Context, string, map[string]string), allKnown func()) (*namespaces, error) {
	informer := metadatainformer.NewFilteredMetadataInformer(client,
		schema.GroupVersionResource{Version: "v1", Resource: "namespaces"}, "", 0, cache.Indexers{},
		func(o *metav1.ListOptions) { o.LabelSelector = selector }).Informer()
	if err := informer.SetTransform(trimNamespace); err != nil {
		return nil, fmt.Errorf("watch namespaces: %w", err)
	}
	return &namespaces{informer: informer, annotated: annotated, allKnown: allKnown}, nil
}

// Run watches until ctx ends.
func (n *namespaces) Run(ctx context.Context) error {
	handler, err := n.informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: func(o any) { n.changed(ctx, nil, o) },
		UpdateFunc: func(old, o any) {
			n.changed(ctx, old, o)
		},
		DeleteFunc: func(o any) {
			if gone, ok := o.(cache.DeletedFinalStateUnknown); ok {
				o = gone.Obj
			}
			if meta, ok := o.(*metav1.PartialObjectMetadata); ok {
				n.annotated(ctx, meta.Name, nil)
			}
		},
	})
	if err != nil {
		return fmt.Errorf("watch namespaces: %w", err)
	}
	var known sync.WaitGroup
	defer known.Wait()
	known.Go(func() {
		if cache.WaitForCacheSync(ctx.Done(), handler.HasSynced) {
			n.allKnown()
		}
	})
	n.informer.RunWithContext(ctx)
	return nil
}

func (n *namespaces) changed(ctx context.Context, old, now any) {
	meta, ok := now.(*metav1.PartialObjectMetadata)
	if !ok {
		return
	}
	if before, ok := old.(*metav1.PartialObjectMetadata); ok &&
		maps.Equal(before.Annotations, meta.Annotations) && (before.DeletionTimestamp == nil) == (meta.DeletionTimestamp == nil) {
		return
	}
	if meta.DeletionTimestamp != nil {
		n.annotated(ctx, meta.Name, nil)
		return
	}
	n.annotated(ctx, meta.Name, meta.Annotations)
}

// trimNamespace keeps the annotations that people set: what the agent itself
// writes back is nobody's wish, and the rest is memory for nothing.
func trimNamespace(o any) (any, error) {
	meta, ok := o.(*metav1.PartialObjectMetadata)
	if !ok {
		return o, nil
	}
	ours := map[string]string{}
	for key, value := range meta.Annotations {
		if strings.HasPrefix(key, binding.Prefix) {
			ours[key] = value
		}
	}
	for _, key := range []string{binding.Phase, binding.Revision, binding.Message} {
		delete(ours, key)
	}
	return &metav1.PartialObjectMetadata{
		TypeMeta: meta.TypeMeta,
		ObjectMeta: metav1.ObjectMeta{
			Name: meta.Name, UID: meta.UID, ResourceVersion: meta.ResourceVersion,
			Annotations: ours, DeletionTimestamp: meta.DeletionTimestamp,
		},
	}, nil
}
