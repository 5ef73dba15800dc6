package apply

import (
	"fmt"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// resource is how the API server serves a kind.
type resource struct {
	gvk        schema.GroupVersionKind
	gvr        schema.GroupVersionResource
	namespaced bool
}

// rediscovery is the least time between two discoveries for unknown kinds, so
// that a set with one does not cost discovery on every pass.
const rediscovery = 5 * time.Second

// kinds remembers how kinds are served: asking a RESTMapper for every object
// would cost more than sending it.
type kinds struct {
	mapper meta.RESTMapper
	now    func() time.Time

	mu    sync.RWMutex
	known map[schema.GroupVersionKind]resource
	reset time.Time
}

func newKinds(mapper meta.RESTMapper) *kinds {
	return &kinds{mapper: mapper, now: time.Now, known: make(map[schema.GroupVersionKind]resource)}
}

// lookup finds the resource of a kind. A kind that is not known leads to a new
// discovery. The error is a meta.NoMatchError when the kind is not served.
func (k *kinds) lookup(gvk schema.GroupVersionKind) (resource, error) {
	k.mu.RLock()
	found, ok := k.known[gvk]
	k.mu.RUnlock()
	if ok {
		return found, nil
	}
	mapping, err := k.mapper.RESTMapping(gvk.GroupKind(), gvk.Version)
	if meta.IsNoMatchError(err) && k.mayReset() {
		k.rediscover()
		mapping, err = k.mapper.RESTMapping(gvk.GroupKind(), gvk.Version)
	}
	if err != nil {
		return resource{}, fmt.Errorf("look up kind %s: %w", gvk, err)
	}
	found = resource{gvk: gvk, gvr: mapping.Resource, namespaced: mapping.Scope.Name() == meta.RESTScopeNameNamespace}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.known[gvk] = found
	return found, nil
}

func (k *kinds) mayReset() bool {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.now().Sub(k.reset) >= rediscovery
}

// rediscover forgets everything: a definition changed what is served.
func (k *kinds) rediscover() {
	k.mu.Lock()
	k.reset = k.now()
	clear(k.known)
	k.mu.Unlock()
	meta.MaybeResetRESTMapper(k.mapper)
}

// declared are the kinds that a set's own definitions bring along.
type declared map[schema.GroupVersionKind]resource

// declare reads a CustomResourceDefinition. What is malformed is left to the
// API server to refuse.
func (d declared) declare(crd *unstructured.Unstructured) {
	text := func(path ...string) string {
		s, _, _ := unstructured.NestedString(crd.Object, path...)
		return s
	}
	group, kind, plural := text("spec", "group"), text("spec", "names", "kind"), text("spec", "names", "plural")
	versions, _, _ := unstructured.NestedSlice(crd.Object, "spec", "versions")
	for _, v := range versions {
		fields, _ := v.(map[string]any)
		version, _ := fields["name"].(string)
		if served, _ := fields["served"].(bool); !served {
			continue
		}
		gvk := schema.GroupVersionKind{Group: group, Version: version, Kind: kind}
		d[gvk] = resource{
			gvk:        gvk,
			gvr:        schema.GroupVersionResource{Group: group, Version: version, Resource: plural},
			namespaced: text("spec", "scope") == "Namespaced",
		}
	}
}
