package apply

import (
	"context"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/wait"
)

// establishPoll is how often a definition is looked at until it is served.
const establishPoll = 50 * time.Millisecond

// establish waits until the definitions that were sent are served, so that
// objects of their kinds can follow.
func (a *Applier) establish(ctx context.Context, sent []*item) {
	var crds []*item
	for _, it := range sent {
		if it.action != Failed && it.resource.gvk.GroupKind() == crdKind {
			crds = append(crds, it)
		}
	}
	if len(crds) == 0 {
		return
	}
	a.parallel(crds, func(it *item) {
		ctx, cancel := context.WithTimeout(ctx, a.timeout)
		defer cancel()
		last := "it was not read yet"
		err := wait.PollUntilContextCancel(ctx, establishPoll, true, func(ctx context.Context) (bool, error) {
			var done bool
			done, last = a.established(ctx, it)
			return done, nil
		})
		if err != nil {
			it.fail(NotEstablished, fmt.Errorf("not established after %s: %s", a.timeout, last), "see the definition's conditions")
			it.err.temporary = true
		}
	})
	a.kinds.rediscover()
}

// established reads a definition's condition; why tells what is missing.
func (a *Applier) established(ctx context.Context, it *item) (done bool, why string) {
	raw, err := a.rest.Get().AbsPath(it.resource.path(it.ref)...).SetHeader("Accept", "application/json").DoRaw(ctx)
	if err != nil {
		return false, err.Error()
	}
	crd := new(unstructured.Unstructured)
	if err := crd.UnmarshalJSON(raw); err != nil {
		return false, err.Error()
	}
	conditions, _, _ := unstructured.NestedSlice(crd.Object, "status", "conditions")
	why = "it has no condition Established"
	for _, c := range conditions {
		condition, _ := c.(map[string]any)
		switch {
		case condition["type"] == "Established" && condition["status"] == "True":
			return true, ""
		case condition["status"] == "False":
			why = fmt.Sprintf("%v: %v", condition["type"], condition["message"])
		}
	}
	return false, why
}
