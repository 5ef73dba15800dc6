package apply

import (
	"context"
	"fmt"
	"maps"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/spotguide/spotguide/sync/inventory"
)

// Create makes an object of a service account's namespace as that account. It is
// on no record: whoever makes it finds it again by its labels and deletes it. One
// of that name and with all those labels that is there already is the one.
func (a *Applier) Create(ctx context.Context, object *unstructured.Unstructured, identity string) error {
	ctx, it, done, err := a.once(ctx, object, identity)
	if err != nil {
		return err
	}
	defer done()
	body, err := object.MarshalJSON()
	if err != nil {
		return fmt.Errorf("encode %s: %w", it.ref, err)
	}
	path := it.resource.path(it.ref)
	err = a.rest.Post().AbsPath(path[:len(path)-1]...).Param("fieldManager", inventory.Manager).
		SetHeader("Accept", acceptMetadata).SetHeader("Content-Type", "application/json").Body(body).Do(ctx).Error()
	if apierrors.IsAlreadyExists(err) {
		live, e := a.metadata.Resource(it.resource.gvr).Namespace(it.ref.Namespace).Get(ctx, it.ref.Name, metav1.GetOptions{})
		if e == nil && carries(live.Labels, object.GetLabels()) {
			return nil
		}
	}
	return it.refused(err)
}

// Delete takes an object away that Create has made, and what it owns; it is no
// error when it is gone. With a UID it must be that very object.
func (a *Applier) Delete(ctx context.Context, object *unstructured.Unstructured, identity string) error {
	ctx, it, done, err := a.once(ctx, object, identity)
	if err != nil {
		return err
	}
	defer done()
	background := metav1.DeletePropagationBackground
	options := metav1.DeleteOptions{PropagationPolicy: &background}
	if uid := object.GetUID(); uid != "" {
		options.Preconditions = &metav1.Preconditions{UID: &uid}
	}
	err = a.metadata.Resource(it.resource.gvr).Namespace(it.ref.Namespace).Delete(ctx, it.ref.Name, options)
	if apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
		return nil // it is another one
	}
	return it.refused(err)
}

// once readies one request about one object. done must be called in the end.
func (a *Applier) once(ctx context.Context, object *unstructured.Unstructured, identity string) (context.Context, *item, func(), error) {
	ctx, err := withIdentity(ctx, identity)
	if err != nil {
		return nil, nil, nil, err
	}
	gvk := object.GroupVersionKind()
	it := &item{ref: inventory.Ref{Group: gvk.Group, Version: gvk.Version, Kind: gvk.Kind, Namespace: object.GetNamespace(), Name: object.GetName()}}
	if it.resource, err = a.kinds.lookup(gvk); err != nil {
		return nil, nil, nil, it.refused(err)
	}
	free, err := a.slot(ctx)
	if err != nil {
		return nil, nil, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, a.timeout)
	return ctx, it, func() { cancel(); free() }, nil
}

// refused is the failure as an *Error, nil for none.
func (it *item) refused(err error) error {
	if err == nil {
		return nil
	}
	it.refuse(err)
	if it.err == nil {
		return err
	}
	return it.err
}

// carries tells whether labels hold all that are wanted.
func carries(labels, wanted map[string]string) bool {
	merged := maps.Clone(labels)
	if merged == nil {
		merged = map[string]string{}
	}
	maps.Copy(merged, wanted)
	return maps.Equal(merged, labels)
}
