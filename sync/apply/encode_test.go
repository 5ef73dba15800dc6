package apply

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spotguide/spotguide/sync/inventory"
	"sigs.k8s.io/yaml"
)

func TestEncode(t *testing.T) {
	owner := inventory.Owner{Namespace: "ns", Application: "shop"}
	labels := map[string]any{"spotguide.dev/application": "shop", "spotguide.dev/namespace": "ns"}
	cases := map[string]struct {
		document, namespace string
		want                map[string]any
		fails               string
	}{
		"plain": {
			document: `{apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {x: "1"}}`, namespace: "ns",
			want: map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "data": map[string]any{"x": "1"},
				"metadata": map[string]any{"name": "a", "namespace": "ns", "labels": labels}},
		},
		"what the server writes is left out": {
			document: `{apiVersion: v1, kind: Node, metadata: {name: a, namespace: x, creationTimestamp: null, resourceVersion: "7", uid: u, generation: 3,
				managedFields: [], selfLink: /x, labels: {own: l, spotguide.dev/application: forged}, annotations: {a: b}}, status: {phase: x}}`,
			want: map[string]any{"apiVersion": "v1", "kind": "Node", "metadata": map[string]any{"name": "a",
				"annotations": map[string]any{"a": "b"}, "labels": map[string]any{"own": "l", "spotguide.dev/application": "shop", "spotguide.dev/namespace": "ns"}}},
		},
		"stringData goes over data": {
			document: `{apiVersion: v1, kind: Secret, metadata: {name: a}, data: {x: b2xk, z: b2xk}, stringData: {x: new}}`, namespace: "ns",
			want: map[string]any{"apiVersion": "v1", "kind": "Secret", "data": map[string]any{"x": "bmV3", "z": "b2xk"},
				"metadata": map[string]any{"name": "a", "namespace": "ns", "labels": labels}},
		},
		"stringData of another kind": {
			document: `{apiVersion: example.org/v1, kind: Secret, metadata: {name: a}, stringData: {x: new}}`, namespace: "ns",
			want: map[string]any{"apiVersion": "example.org/v1", "kind": "Secret", "stringData": map[string]any{"x": "new"},
				"metadata": map[string]any{"name": "a", "namespace": "ns", "labels": labels}},
		},
		"labels that are a list": {document: `{metadata: {labels: [a]}}`, fails: "metadata.labels: want a map"},
		"metadata that is text":  {document: `{metadata: a}`, fails: "metadata: want a map"},
		"stringData of a number": {document: `{apiVersion: v1, kind: Secret, stringData: {pin: 4711}}`, fails: `stringData["pin"]: want a string`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			object, before := map[string]any{}, map[string]any{}
			for _, into := range []*map[string]any{&object, &before} {
				if err := yaml.Unmarshal([]byte(strings.ReplaceAll(c.document, "\t", "")), into); err != nil {
					t.Fatal(err)
				}
			}
			body, err := encode(object, owner, c.namespace)
			if c.fails != "" {
				if err == nil || !strings.Contains(err.Error(), c.fails) || strings.Contains(err.Error(), "4711") {
					t.Errorf("error %v, want %q", err, c.fails)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			var got map[string]any
			if err := json.Unmarshal(body, &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(before, object); diff != "" {
				t.Errorf("encode changed its input:\n%s", diff)
			}
			again, err := encode(object, owner, c.namespace)
			if err != nil || digest(again) != digest(body) {
				t.Errorf("the digest is not stable (%v)", err)
			}
		})
	}
}
