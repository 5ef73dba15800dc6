package apply_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spotguide/spotguide/sync/apply"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
)

// definition of a kind of the lab's own.
func (l *lab) definition() string {
	return strings.NewReplacer("GROUP", l.ns+".example.org").Replace(`
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.GROUP}
spec:
  group: GROUP
  scope: Namespaced
  names: {kind: Widget, plural: widgets, singular: widget, listKind: WidgetList}
  versions:
  - name: v1
    served: true
    storage: true
    subresources: {status: {}}
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec: {type: object, properties: {size: {type: integer}}}
          status: {type: object, x-kubernetes-preserve-unknown-fields: true}`)
}

func (l *lab) widget() string {
	return "apiVersion: " + l.ns + ".example.org/v1\nkind: Widget\nmetadata: {name: w}\nspec: {size: 3}"
}

// trusted lets the lab's applications bring definitions, as the agent itself.
func (l *lab) trusted() {
	l.Helper()
	l.opt.Identity = apply.AsAgent
	l.restart(func(c *apply.Config) {
		c.Allow = apply.AllowList{{Kinds: []string{"CustomResourceDefinition.*", "Namespace"}, Namespaces: []string{l.ns + "-*"}}}
	})
}

func (l *lab) dynamic() dynamic.Interface {
	l.Helper()
	client, err := dynamic.NewForConfig(l.cfg)
	l.must(err)
	return client
}

func (l *lab) widgets() dynamic.ResourceInterface {
	return l.dynamic().Resource(schema.GroupVersionResource{Group: l.ns + ".example.org", Version: "v1", Resource: "widgets"}).Namespace(l.ns)
}

func (l *lab) definitions() dynamic.ResourceInterface {
	return l.dynamic().Resource(schema.GroupVersionResource{Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions"})
}

func TestDefinitionAndResource(t *testing.T) {
	l := newLab(t)
	l.trusted()
	t.Cleanup(func() { l.drop(l.definitions(), "widgets."+l.ns+".example.org") })
	// The resource stands before its definition, as files may.
	result := l.applied(l.set("r1", l.widget(), l.definition()))
	if diff := cmp.Diff([]string{"Widget w: created", "CustomResourceDefinition widgets." + l.ns + ".example.org: created"}, actions(result)); diff != "" {
		t.Error(diff)
	}
	if _, err := l.widgets().Get(t.Context(), "w", metav1.GetOptions{}); err != nil {
		t.Error(err)
	}
	// The kind is known from now on, without its definition in the set.
	l.opt.Prune = false
	l.applied(l.set("r2", strings.Replace(l.widget(), "3", "4", 1)))
}

// A namespace and what goes into it come in one set; a namespace that fails
// takes with it only what lies in it.
func TestDependents(t *testing.T) {
	l := newLab(t)
	l.trusted()
	inside := strings.Replace(configMap, "name: settings", "name: settings, namespace: "+l.ns+"-inner", 1)
	namespace := "apiVersion: v1\nkind: Namespace\nmetadata: {name: " + l.ns + "-inner}"
	l.wire.fail(func(r *http.Request) fate {
		if strings.HasSuffix(r.URL.Path, "/namespaces/"+l.ns+"-inner") {
			return lostBefore
		}
		return pass
	})
	result, err := l.apply(l.set("r1", configMap, namespace, inside))
	if f := failure(t, err); f.Ref.Kind != "Namespace" {
		t.Errorf("failed: %v", err)
	}
	want := []string{"ConfigMap settings: created", "Namespace " + l.ns + "-inner: failed", "ConfigMap settings: skipped"}
	if diff := cmp.Diff(want, actions(result)); diff != "" {
		t.Error(diff)
	}
	if note := result.Changes[2].Note; !strings.Contains(note, "Namespace "+l.ns+"-inner") {
		t.Errorf("skipped without saying why: %q", note)
	}
	l.wire.fail(nil)
	t.Cleanup(func() { l.drop(l.kube.CoreV1().Namespaces(), l.ns+"-inner") })
	l.applied(l.set("r1", configMap, namespace, inside))
	result = l.applied(l.set("r2", configMap))
	want = []string{"ConfigMap settings: unchanged", "Namespace " + l.ns + "-inner: kept", "ConfigMap settings: deleted"}
	if diff := cmp.Diff(want, actions(result)); diff != "" {
		t.Error(diff)
	}
}
