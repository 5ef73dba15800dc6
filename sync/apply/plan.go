package apply

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spotguide/spotguide/sync/inventory"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/api/validation/path"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// item is one object on its way to the cluster, and then what became of it.
// Exactly one goroutine has it at a time.
type item struct {
	object   Object
	ref      inventory.Ref
	resource resource
	stage    stage
	body     []byte
	digest   string
	// What the object's own annotations say.
	keep, force bool
	drift       string
	// prior is what was applied last, nil for an object that the record does
	// not hold as committed.
	prior *inventory.Entry
	// owned: the record holds it, as pending at least.
	owned bool
	// touched: it is sent because of what foreign hands did to it.
	touched bool

	action Action
	note   string
	entry  inventory.Entry
	err    *Error
}

// plan is a set made ready, in the set's order. Items that cannot be sent have
// failed already.
type plan struct {
	owner inventory.Owner
	items []*item
	// rebuilt: the record was guessed from labels.
	rebuilt bool
}

// plan makes a set ready without sending anything.
func (a *Applier) plan(set Set, record inventory.Record) *plan {
	p := &plan{owner: set.Owner, items: make([]*item, 0, len(set.Objects))}
	own := make(declared)
	for _, object := range set.Objects {
		if object.GroupVersionKind().GroupKind() == crdKind {
			own.declare(object.Unstructured)
		}
	}
	committed := make(map[inventory.Ref]*inventory.Entry, len(record.Committed))
	for i := range record.Committed {
		committed[record.Committed[i].ID()] = &record.Committed[i]
	}
	pending := make(map[inventory.Ref]bool, len(record.Pending))
	for _, ref := range record.Pending {
		pending[ref.ID()] = true
	}
	first := make(map[inventory.Ref]*item, len(set.Objects))
	for _, object := range set.Objects {
		it := a.prepare(set.Owner, object, own)
		id := it.ref.ID()
		if other, ok := first[id]; ok && it.err == nil {
			it.fail(Invalid, fmt.Errorf("declared twice, also at %s", other.object.Origin), "remove one of them")
		} else if !ok {
			first[id] = it
			it.prior = committed[id]
			it.owned = it.prior != nil || pending[id]
		}
		p.items = append(p.items, it)
	}
	return p
}

// refs are all that the set wants, also what cannot be sent.
func (p *plan) refs() []inventory.Ref {
	refs := make([]inventory.Ref, len(p.items))
	for i, it := range p.items {
		refs[i] = it.ref
	}
	return refs
}

// prepare finds out what the object is and whether the owner may have it, and
// encodes it.
func (a *Applier) prepare(owner inventory.Owner, object Object, own declared) *item {
	gvk := object.GroupVersionKind()
	it := &item{object: object}
	it.ref = inventory.Ref{Group: gvk.Group, Version: gvk.Version, Kind: gvk.Kind, Namespace: object.GetNamespace(), Name: object.GetName()}
	annotations := object.GetAnnotations()
	it.keep = annotations[inventory.AnnotationPrune] == "false"
	it.force = annotations[inventory.AnnotationForce] == "true"
	it.drift = annotations[inventory.AnnotationDrift]
	if !it.named() {
		return it
	}
	found, err := a.kinds.lookup(gvk)
	if r, ok := own[gvk]; ok && meta.IsNoMatchError(err) {
		found, err = r, nil
	}
	if err != nil {
		it.unknown(gvk, err)
		return it
	}
	it.resource, it.stage = found, stageOfObject(annotations[inventory.AnnotationStage], gvk.GroupKind(), found.namespaced)
	it.ref = refOf(owner, found, it.ref)
	if !it.allowed(*a.allow.Load(), owner) {
		return it
	}
	body, err := encode(object.Object, owner, it.ref.Namespace)
	if err != nil {
		it.fail(Invalid, err, "")
		return it
	}
	it.body, it.digest = body, digest(body)
	return it
}

// scoped is the object's Ref with the namespace that its scope gives it.
func (a *Applier) scoped(owner inventory.Owner, object Object) inventory.Ref {
	gvk := object.GroupVersionKind()
	ref := inventory.Ref{Group: gvk.Group, Version: gvk.Version, Kind: gvk.Kind, Namespace: object.GetNamespace(), Name: object.GetName()}
	if found, err := a.kinds.lookup(gvk); err == nil {
		return refOf(owner, found, ref)
	}
	return ref
}

// refOf is the Ref with the namespace that the object's scope gives it. Strings
// that many objects share are shared.
func refOf(owner inventory.Owner, r resource, written inventory.Ref) inventory.Ref {
	ref := inventory.Ref{Group: r.gvk.Group, Version: r.gvk.Version, Kind: r.gvk.Kind, Name: strings.Clone(written.Name)}
	switch {
	case !r.namespaced:
	case written.Namespace == "" || written.Namespace == owner.Namespace:
		ref.Namespace = owner.Namespace
	default:
		ref.Namespace = strings.Clone(written.Namespace)
	}
	return ref
}

// named checks what becomes part of a request's path.
func (it *item) named() bool {
	switch {
	case it.ref.Kind == "" || it.ref.Version == "":
		it.fail(Invalid, errors.New("apiVersion or kind is missing"), "")
	case it.ref.Name == "" && it.object.GetGenerateName() != "":
		it.fail(Invalid, errors.New("generateName would make a new object on every pass"), "give it a name")
	case it.ref.Name == "":
		it.fail(Invalid, errors.New("metadata.name is missing"), "")
	default:
		for _, segment := range []string{it.ref.Name, it.ref.Namespace} {
			if problems := path.IsValidPathSegmentName(segment); len(problems) > 0 {
				it.fail(Invalid, fmt.Errorf("name %q: %s", segment, problems[0]), "")
				return false
			}
		}
	}
	return it.err == nil
}

// allowed checks that the object lies within what the owner may apply.
func (it *item) allowed(allow AllowList, owner inventory.Owner) bool {
	switch {
	case !it.resource.namespaced && !allow.kind(owner, it.resource.gvk.GroupKind()):
		it.fail(NotAllowed, fmt.Errorf("cluster-scoped objects are not allowed to applications of namespace %s", owner.Namespace),
			fmt.Sprintf("the operator may add the kind %s to the agent's allow-list, allowClusterKinds", it.resource.gvk.GroupKind()))
	case it.resource.namespaced && !allow.namespace(owner, it.ref.Namespace):
		it.fail(NotAllowed, fmt.Errorf("objects in namespace %s are not allowed to applications of namespace %s", it.ref.Namespace, owner.Namespace),
			fmt.Sprintf("leave metadata.namespace out, or the operator may add the namespace %s to the agent's allow-list, allowNamespaces", it.ref.Namespace))
	}
	return it.err == nil
}

func (it *item) unknown(gvk schema.GroupVersionKind, err error) {
	if !meta.IsNoMatchError(err) {
		it.refuse(fmt.Errorf("discover kind: %w", err))
		return
	}
	it.fail(UnknownKind, fmt.Errorf("the API server does not serve %s %s", gvk.GroupVersion(), gvk.Kind),
		"install its CustomResourceDefinition first or add it to the repository, and check apiVersion")
}

// fail records a permanent failure.
func (it *item) fail(reason Reason, err error, hint string) {
	it.action = Failed
	it.err = &Error{Ref: it.ref, Origin: it.object.Origin, Reason: reason, Hint: hint, Err: err}
}

// skip leaves the item out.
func (it *item) skip(note string) { it.action, it.note = Skipped, note }

// ready tells that the item is still to be sent.
func (it *item) ready() bool { return it.action == "" }
