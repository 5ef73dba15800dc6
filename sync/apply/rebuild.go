package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spotguide/spotguide/sync/inventory"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
)

// record reads what the owner owns. A damaged record is rebuilt from the labels
// that owned objects bear; all that is found that way is pending, and nothing is
// to be pruned by it in this pass.
func (a *Applier) record(ctx context.Context, owner inventory.Owner) (record inventory.Record, rebuilt bool, err error) {
	record, err = a.store.Get(ctx, owner)
	var corrupt *inventory.CorruptError
	if !errors.As(err, &corrupt) {
		return record, false, err
	}
	a.log.Warn("inventory record is damaged; rebuilding it from labels", "owner", owner.String(), "error", corrupt.Err)
	refs, err := a.labelled(ctx, owner)
	if err != nil {
		return inventory.Record{}, false, fmt.Errorf("%w; rebuild it: %w", corrupt, err)
	}
	record = inventory.Record{Pending: refs}
	if err := a.store.Put(ctx, owner, record); err != nil {
		return inventory.Record{}, false, err
	}
	return record, true, nil
}

// labelled finds all objects that bear the owner's labels and that we applied,
// as the agent itself.
func (a *Applier) labelled(ctx context.Context, owner inventory.Owner) ([]inventory.Ref, error) {
	ctx, err := withIdentity(ctx, AsAgent)
	if err != nil {
		return nil, err
	}
	client, err := discovery.NewDiscoveryClientForConfigAndClient(a.cfg, a.client)
	if err != nil {
		return nil, err
	}
	served, err := client.ServerPreferredResourcesWithContext(ctx)
	if err != nil && !discovery.IsGroupDiscoveryFailedError(err) {
		return nil, fmt.Errorf("discover resources: %w", err)
	}
	selector := labels.SelectorFromSet(labels.Set{
		inventory.LabelApplication: owner.Application, inventory.LabelNamespace: owner.Namespace,
	}).String()
	var refs []inventory.Ref
	for _, group := range served {
		for _, r := range group.APIResources {
			if !slices.Contains(r.Verbs, "list") || !slices.Contains(r.Verbs, "patch") {
				continue
			}
			version, err := schema.ParseGroupVersion(group.GroupVersion)
			if err != nil {
				return nil, err
			}
			found, err := a.listLabelled(ctx, owner, version, r, selector)
			if err != nil {
				return nil, err
			}
			refs = append(refs, found...)
		}
	}
	return refs, nil
}

// listLabelled finds the owner's objects of one resource. Controllers copy
// labels to what they make, so the labels alone prove nothing: our manager has
// to have applied the object, and the owner has to be allowed to have it.
func (a *Applier) listLabelled(ctx context.Context, owner inventory.Owner, version schema.GroupVersion, r metav1.APIResource, selector string) ([]inventory.Ref, error) {
	list, err := a.metadata.Resource(version.WithResource(r.Name)).List(ctx, metav1.ListOptions{LabelSelector: selector})
	if apierrors.IsForbidden(err) || apierrors.IsNotFound(err) || apierrors.IsMethodNotSupported(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", r.Name, err)
	}
	var refs []inventory.Ref
	for _, found := range list.Items {
		_, applied := inventory.ManagedFields(found.ManagedFields)
		allowed := a.allow.Load().namespace(owner, found.Namespace)
		if !r.Namespaced {
			allowed = a.allow.Load().kind(owner, version.WithKind(r.Kind).GroupKind())
		}
		if applied && allowed {
			refs = append(refs, inventory.Ref{
				Group: version.Group, Version: version.Version, Kind: r.Kind, Namespace: found.Namespace, Name: found.Name,
			})
		}
	}
	return refs, nil
}
