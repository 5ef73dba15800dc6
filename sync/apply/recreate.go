package apply

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/fluxcd/pkg/ssa"
	"github.com/spotguide/spotguide/sync/inventory"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// recreatePoll is how often a deleted object is looked for until it is gone.
const recreatePoll = 100 * time.Millisecond

// recreate deletes an object whose change is refused as immutable and applies
// it anew, if its annotation allows that.
func (a *Applier) recreate(ctx context.Context, it *item) {
	if !it.force {
		return
	}
	refusal := it.err
	if err := a.rehearse(ctx, it); err != nil {
		// Deleting it would leave nothing behind.
		it.refuse(fmt.Errorf("not deleted, for it could not be made again: %w", err))
		return
	}
	manager, err := a.careful()
	if err != nil {
		it.err = refusal
		return
	}
	object := new(unstructured.Unstructured)
	if err := object.UnmarshalJSON(it.body); err != nil {
		it.fail(Internal, err, "")
		return
	}
	done, err := a.slot(ctx)
	if err != nil {
		it.refuse(err)
		return
	}
	bounded, cancel := context.WithTimeout(ctx, a.timeout)
	defer cancel()
	_, err = manager.ApplyAll(bounded, []*unstructured.Unstructured{object}, ssa.ApplyOptions{
		Force: true, WaitInterval: recreatePoll, WaitTimeout: a.timeout,
	})
	done()
	if err != nil {
		it.refuse(fmt.Errorf("recreate: %w", err))
		return
	}
	// Changes nothing, but tells the new object's version and managed fields.
	live, code, err := a.patch(ctx, it, false)
	if err != nil {
		it.refuse(err)
		return
	}
	it.err = nil
	it.sent(live, code)
	it.action = Recreated
}

// rehearse dry-runs the object under a name that does not exist, for a spec that
// cannot be created at all must not cost the live object.
func (a *Applier) rehearse(ctx context.Context, it *item) error {
	var object map[string]any
	if err := json.Unmarshal(it.body, &object); err != nil {
		return err
	}
	name := "spotguide-rehearsal"
	object["metadata"].(map[string]any)["name"] = name
	body, err := json.Marshal(object)
	if err != nil {
		return err
	}
	double := *it
	double.ref.Name, double.body = name, body
	_, _, err = a.patch(ctx, &double, true)
	if err != nil && strings.Contains(err.Error(), "already allocated") {
		return nil // by the object that is about to go
	}
	return err
}

// careful is the library's way of applying, over the same connections.
func (a *Applier) careful() (*ssa.ResourceManager, error) {
	c, err := client.New(a.cfg, client.Options{HTTPClient: a.client, Mapper: a.kinds.mapper, Scheme: runtime.NewScheme()})
	if err != nil {
		return nil, fmt.Errorf("make client: %w", err)
	}
	return ssa.NewResourceManager(c, nil, ssa.Owner{Field: inventory.Manager, Group: "spotguide.dev"}), nil
}
