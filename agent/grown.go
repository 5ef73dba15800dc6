package agent

import (
	"cmp"
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/spotguide/spotguide/render"
	"github.com/spotguide/spotguide/spotguides/guide"
)

// keepGrown lets volumes that have grown by the SLA stay as large as they are,
// whatever size the repository says: they cannot be made smaller.
func (a *application) keepGrown(ctx context.Context, r render.Result, g *guide.Guide) error {
	for _, o := range r.Objects {
		if _, grows := g.SLA.StorageOf(o.GetName()); !grows || o.GetKind() != "PersistentVolumeClaim" || o.GetAPIVersion() != "v1" {
			continue
		}
		namespace := cmp.Or(o.GetNamespace(), a.owner.Namespace)
		live, err := a.client.CoreV1().PersistentVolumeClaims(namespace).Get(ctx, o.GetName(), metav1.GetOptions{})
		switch {
		case apierrors.IsNotFound(err):
			continue
		case err != nil:
			return fmt.Errorf("look how large the volume %s/%s is: %w", namespace, o.GetName(), err)
		}
		if err := raise(o.Unstructured, live.Spec.Resources.Requests[corev1.ResourceStorage]); err != nil {
			return fmt.Errorf("volume %s/%s: %w", namespace, o.GetName(), err)
		}
	}
	return nil
}

// raise has a claim ask for no less than live. What a claim asks for wrongly is left
// for the API server to judge.
func raise(claim *unstructured.Unstructured, live resource.Quantity) error {
	path := []string{"spec", "resources", "requests", "storage"}
	written, found, err := unstructured.NestedString(claim.Object, path...)
	size, wrong := resource.ParseQuantity(written)
	if !found || err != nil || wrong != nil || size.Cmp(live) >= 0 {
		return err
	}
	return unstructured.SetNestedField(claim.Object, live.String(), path...)
}
