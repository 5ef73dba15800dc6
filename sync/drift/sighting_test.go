package drift

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spotguide/spotguide/sync/inventory"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
)

func newFrames(s string) *frames {
	body := io.NopCloser(strings.NewReader(s))
	return &frames{body: body, decoder: json.NewDecoder(body), cancel: func() {}}
}

func TestFrames(t *testing.T) {
	f := newFrames(`{"type":"ADDED","object":{"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"a","generation":2,"resourceVersion":"5"},"spec":{"replicas":3,"template":{}},"status":{"observedGeneration":1}}}
{"type":"BOOKMARK","object":{"kind":"Deployment","apiVersion":"apps/v1","metadata":{"resourceVersion":"9","annotations":{"k8s.io/initial-events-end":"true"}}}}
{"type":"DELETED","extra":[1],"object":{"kind":"Odd","apiVersion":"x/v1","metadata":{"name":"b"},"spec":{"replicas":"many"},"status":{"conditions":[{"type":"Ready","status":"False","message":"why not"}]}}}
{"type":"ERROR","object":{"kind":"Status","status":"Failure","code":410,"reason":"Expired"}}
`)
	var got []string
	for {
		kind, object, err := f.Decode()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch o := object.(type) {
		case *sighting:
			got = append(got, fmt.Sprintf("%s %s %s %s %s", kind, o.Name, o.ResourceVersion, o.health, o.message))
		case *metav1.Status:
			got = append(got, fmt.Sprintf("%s %d", kind, o.Code))
		}
	}
	want := []string{
		"ADDED a 5 InProgress Deployment generation is 2, but latest observed generation is 1",
		"BOOKMARK  9  ",
		"DELETED b  InProgress why not",
		"ERROR 410",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func FuzzFrames(f *testing.F) {
	f.Add(`{"type":"ADDED","object":{"kind":"Deployment","apiVersion":"apps/v1","metadata":{"name":"a"},"spec":{"replicas":3},"status":{"replicas":1.5}}}`)
	f.Add(`{"object":{},"type":"ADDED"}`)
	f.Add(`[{"type":"ERROR","object":{"status":[]}}]`)
	f.Add(`{"type":"ADDED"}{"type":7}`)
	f.Fuzz(func(t *testing.T, s string) {
		frames := newFrames(s)
		for range 10 {
			if _, object, err := frames.Decode(); err != nil {
				return
			} else if object == nil {
				t.Fatal("neither an object nor an error")
			}
		}
	})
}

func TestHealthOfBuiltInKinds(t *testing.T) {
	cases := map[string]struct{ object, health string }{
		"ready Deployment": {`{"kind":"Deployment","apiVersion":"apps/v1","metadata":{"generation":1},"spec":{"replicas":1},
			"status":{"observedGeneration":1,"replicas":1,"updatedReplicas":1,"readyReplicas":1,"availableReplicas":1,
			"conditions":[{"type":"Available","status":"True"},{"type":"Progressing","status":"True","reason":"NewReplicaSetAvailable"}]}}`, "Current"},
		"late Deployment": {`{"kind":"Deployment","apiVersion":"apps/v1","metadata":{"generation":1},"spec":{"replicas":1,"progressDeadlineSeconds":9},
			"status":{"observedGeneration":1,"conditions":[{"type":"Progressing","status":"False","reason":"ProgressDeadlineExceeded"}]}}`, "Failed"},
		"StatefulSet by partition": {`{"kind":"StatefulSet","apiVersion":"apps/v1","metadata":{"generation":1},
			"spec":{"replicas":3,"updateStrategy":{"type":"RollingUpdate","rollingUpdate":{"partition":2}}},
			"status":{"observedGeneration":1,"replicas":3,"readyReplicas":3,"currentReplicas":3,"updatedReplicas":1,"currentRevision":"a","updateRevision":"b"}}`, "Current"},
		"finished Job":       {`{"kind":"Job","apiVersion":"batch/v1","metadata":{},"spec":{"completions":1},"status":{"startTime":"2026-01-01T00:00:00Z","succeeded":1,"conditions":[{"type":"Complete","status":"True"}]}}`, "Current"},
		"Service that waits": {`{"kind":"Service","apiVersion":"v1","metadata":{},"spec":{"type":"LoadBalancer"},"status":{"loadBalancer":{}}}`, "InProgress"},
		"Service":            {`{"kind":"Service","apiVersion":"v1","metadata":{},"spec":{"type":"ClusterIP","clusterIP":"10.0.0.1"},"status":{"loadBalancer":{}}}`, "Current"},
		"going":              {`{"kind":"Service","apiVersion":"v1","metadata":{"deletionTimestamp":"2026-01-01T00:00:00Z"}}`, "Terminating"},
		"custom":             {`{"kind":"Widget","apiVersion":"example.org/v1","metadata":{},"status":{"conditions":[{"type":"Ready","status":"True"}]}}`, "Current"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var w whole
			if err := json.Unmarshal([]byte(c.object), &w); err != nil {
				t.Fatal(err)
			}
			if s := w.sighting(); s.health != c.health {
				t.Errorf("%s (%s), want %s", s.health, s.message, c.health)
			}
		})
	}
}

func sight(name, version, fields string) *sighting {
	return &sighting{health: "Current", ObjectMeta: metav1.ObjectMeta{
		Name: name, Namespace: "ns", ResourceVersion: version,
		Labels: map[string]string{inventory.LabelApplication: "shop", inventory.LabelNamespace: "ns"},
		ManagedFields: []metav1.ManagedFieldsEntry{{
			Manager: inventory.Manager, Operation: metav1.ManagedFieldsOperationApply, FieldsV1: metav1.NewFieldsV1(fields),
		}},
	}}
}

// Objects that are alike share their field set, and it goes with the last one.
func TestSharedSets(t *testing.T) {
	h := newShared()
	m := newMemory(schema.GroupVersionKind{Version: "v1", Kind: "ConfigMap"}, h, func(inventory.Owner) {})
	for i := range 100 {
		_ = m.Add(sight(fmt.Sprint(i), "1", `{"f:data":{"f:a":{},"f:b":{}}}`))
	}
	if len(h.sets) != 1 {
		t.Errorf("%d sets for 100 like objects", len(h.sets))
	}
	for i := range 100 {
		_ = m.Update(sight(fmt.Sprint(i), "2", `{"f:data":{"f:a":{}}}`))
	}
	if got := m.objects[name{"ns", "7"}].lost; !cmp.Equal(got, []string{".data.b"}) {
		t.Errorf("lost %v", got)
	}
	if len(h.sets) != 1 {
		t.Errorf("%d sets after all changed", len(h.sets))
	}
	_ = m.Replace([]any{sight("7", "3", `{"f:data":{"f:a":{}}}`)}, "3")
	_ = m.Delete(sight("7", "4", `{}`))
	if len(h.sets) != 0 || len(m.objects) != 0 {
		t.Errorf("%d sets and %d objects are left", len(h.sets), len(m.objects))
	}
}

// An event that repeats what is known wakes nobody.
func TestRepeatedSights(t *testing.T) {
	var told int
	m := newMemory(schema.GroupVersionKind{Version: "v1", Kind: "ConfigMap"}, newShared(), func(inventory.Owner) { told++ })
	_ = m.Replace([]any{sight("a", "1", `{"f:data":{}}`)}, "1")
	first := told
	_ = m.Update(sight("a", "1", `{"f:data":{}}`))
	_ = m.Update(sight("a", "2", `{"f:data":{}}`))
	_ = m.Bookmark("9")
	if told != first {
		t.Errorf("told %d times of nothing", told-first)
	}
	if s, known := m.get(inventory.Ref{Namespace: "ns", Name: "b"}); !known || !s.Deleted || s.ResourceVersion != "9" {
		t.Errorf("%+v", s)
	}
	_ = m.Delete(sight("a", "10", `{}`))
	if told != first+1 {
		t.Errorf("a deletion is told %d times", told-first)
	}
}

var _ watch.Decoder = (*frames)(nil)
