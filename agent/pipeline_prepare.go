package agent

import (
	"context"
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/spotguide/spotguide/render"
	"github.com/spotguide/spotguide/sync/apply"
)

// prepare makes what a step stands on and is not there yet: the first revision
// brings its service account, its ConfigMaps and Secrets itself, and the services
// that it depends on. It names what is not ready.
func (a *application) prepare(ctx context.Context, d desired, r render.Result) (waits string, err error) {
	if err := a.tenant.permit(ctx, d.binding); err != nil {
		return "", err
	}
	part := a.set(d, r)
	part.Objects = slices.DeleteFunc(part.Objects, func(o apply.Object) bool { return !groundwork(o) })
	if len(part.Objects) == 0 {
		return "", nil
	}
	due := a.withdraw()
	made, err := a.applier.Prepare(ctx, part, apply.Options{Identity: d.binding.Identity()})
	if due != nil || made {
		if record, e := a.store.Get(ctx, a.owner); e == nil {
			a.keep(record)
		}
	}
	if err != nil {
		return "", err
	}
	return a.unready(ctx, part.Objects)
}

// groundwork tells what steps before a revision may need of it.
func groundwork(o apply.Object) bool {
	switch o.GetKind() {
	case "ServiceAccount", "Role", "RoleBinding", "ConfigMap", "Secret":
		return true
	case "Service", "StatefulSet":
		return o.GetAnnotations()[render.StageAnnotation] == render.StageEarly
	}
	return false
}

// unready names the first StatefulSet without a ready pod.
func (a *application) unready(ctx context.Context, objects []apply.Object) (string, error) {
	for _, o := range objects {
		if o.GetKind() != "StatefulSet" {
			continue
		}
		s, err := a.client.AppsV1().StatefulSets(a.owner.Namespace).Get(ctx, o.GetName(), metav1.GetOptions{})
		if err != nil {
			return "", fmt.Errorf("read StatefulSet %s/%s: %w", a.owner.Namespace, o.GetName(), err)
		}
		if s.Status.ReadyReplicas == 0 {
			return o.GetName() + " to be ready", nil
		}
	}
	return "", nil
}
