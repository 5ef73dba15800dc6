package apply

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/spotguide/spotguide/sync/inventory"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
)

// acceptMetadata asks for the smallest answer that still holds managed fields.
const acceptMetadata = "application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;v=v1," +
	"application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"

// send applies one item with one request and records what became of it.
func (a *Applier) send(ctx context.Context, it *item) {
	live, code, err := a.patch(ctx, it, false)
	if err != nil && unanswered(ctx, err) {
		// Applying twice does no harm: the connection may just have been closed.
		live, code, err = a.patch(ctx, it, false)
	}
	switch {
	case err == nil:
		it.sent(live, code)
	default:
		it.refuse(err)
	}
	if it.err != nil && it.err.Reason == Immutable {
		a.recreate(ctx, it)
	}
}

// patch sends the item's server-side apply.
func (a *Applier) patch(ctx context.Context, it *item, dryRun bool) (*metav1.PartialObjectMetadata, int, error) {
	done, err := a.slot(ctx)
	if err != nil {
		return nil, 0, err
	}
	defer done()
	ctx, cancel := context.WithTimeout(ctx, a.timeout)
	defer cancel()
	request := a.rest.Patch(types.ApplyPatchType).
		AbsPath(it.resource.path(it.ref)...).
		Param("fieldManager", inventory.Manager).
		Param("force", "true").
		// The schema is checked all the same. Other values would only make the
		// server parse the body once more, in search of duplicate keys.
		Param("fieldValidation", metav1.FieldValidationIgnore).
		SetHeader("Accept", acceptMetadata).
		Body(it.body)
	if dryRun {
		request = request.Param("dryRun", metav1.DryRunAll)
	}
	var code int
	result := request.Do(ctx).StatusCode(&code)
	object, err := result.Get()
	if runtime.IsNotRegisteredError(err) {
		live := new(metav1.PartialObjectMetadata)
		raw, err := result.Raw()
		if err == nil {
			err = json.Unmarshal(raw, live)
		}
		return live, code, err
	}
	if err != nil {
		return nil, code, err
	}
	live, ok := object.(*metav1.PartialObjectMetadata)
	if !ok {
		return nil, code, fmt.Errorf("the API server answered with %T, not with metadata", object)
	}
	return live, code, nil
}

// sent takes over what the API server answered.
func (it *item) sent(live *metav1.PartialObjectMetadata, code int) {
	it.entry = inventory.Entry{
		Ref:             it.ref,
		Digest:          it.digest,
		ResourceVersion: live.ResourceVersion,
		Keep:            it.keep,
		Drift:           it.drift,
		Fields:          inventory.Fingerprint(live.ManagedFields),
	}
	prior := it.prior
	switch {
	case code == http.StatusCreated:
		it.action = Created
	case prior != nil && prior.ResourceVersion == live.ResourceVersion:
		it.action = Unchanged
	case prior != nil && prior.Digest == it.digest && prior.Fields == it.entry.Fields && !it.touched:
		// Its version moved by its status; an apply that changes anything moves
		// the time in the fingerprint, to the second.
		it.action = Unchanged
	default:
		it.action = Configured
	}
}

// path of an object on the API server. Its parts were checked to be single
// segments.
func (r resource) path(ref inventory.Ref) []string {
	path := []string{"apis", r.gvr.Group, r.gvr.Version}
	if r.gvr.Group == "" {
		path = []string{"api", r.gvr.Version}
	}
	if r.namespaced {
		path = append(path, "namespaces", ref.Namespace)
	}
	return append(path, r.gvr.Resource, ref.Name)
}

// unanswered tells that the request may not have reached the API server while
// the caller still wants it to.
func unanswered(ctx context.Context, err error) bool {
	var status interface{ Status() metav1.Status }
	return ctx.Err() == nil && !errors.As(err, &status) &&
		!errors.Is(err, errNoIdentity) && !errors.Is(err, context.DeadlineExceeded) &&
		(strings.Contains(err.Error(), "EOF") || strings.Contains(err.Error(), "connection") || strings.Contains(err.Error(), "GOAWAY"))
}
