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
		"status of text":     {`{"kind":"Widget","apiVersion":"example.org/v1","metadata":{},"status":"fine"}`, "Current"},
		"odd conditions":     {`{"kind":"Widget","apiVersion":"example.org/v1","metadata":{},"status":{"conditions":"fine"}}`, "Unknown"},
		"odd strategy":       {`{"kind":"StatefulSet","apiVersion":"apps/v1","metadata":{},"spec":{"updateStrategy":[1]},"status":{"replicas":"x"}}`, "InProgress"},
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

func TestWhatWasLost(t *testing.T) {
	m := newMemory(schema.GroupVersionKind{Version: "v1", Kind: "ConfigMap"}, newShared(), func(inventory.Owner) {})
	ref := inventory.Ref{Namespace: "ns", Name: "a"}
	step := func(version string, ours int64, fields string, others ...metav1.ManagedFieldsEntry) Seen {
		s := sight("a", version, fields)
		at := metav1.Unix(ours, 0)
		s.ManagedFields[0].Time = &at
		s.ManagedFields = append(s.ManagedFields, others...)
		if version == "1" {
			_ = m.Replace([]any{s}, version)
		} else {
			_ = m.Update(s)
		}
		seen, _ := m.get(ref)
		return seen
	}
	by := func(manager, subresource, fields string) metav1.ManagedFieldsEntry {
		return metav1.ManagedFieldsEntry{Manager: manager, Operation: "Update", Subresource: subresource, FieldsV1: metav1.NewFieldsV1(fields)}
	}
	const all, less = `{"f:data":{"f:a":{},"f:b":{}}}`, `{"f:data":{"f:b":{}}}`

	status := by("kubelet", "status", `{"f:data":{"f:a":{}}}`)
	if s := step("1", 100, all, status); len(s.Foreign) != 0 {
		t.Errorf("who writes the status is foreign: %v", s.Foreign)
	}
	edit, bystander := by("edit", "", `{"f:data":{"f:a":{}}}`), by("other", "", `{"f:data":{"f:c":{}}}`)
	s := step("2", 100, less, status, bystander, edit)
	if !cmp.Equal(s.Lost, []string{".data.a"}) || len(s.Takers) != 1 || s.Takers[0].Manager != "edit" {
		t.Errorf("lost %v to %v", s.Lost, s.Takers)
	}
	if s := step("3", 100, less, status, bystander, edit); len(s.Lost) != 1 {
		t.Errorf("forgot what was lost: %v", s.Lost)
	}
	if s := step("4", 101, all, bystander); len(s.Lost)+len(s.Takers) != 0 {
		t.Errorf("after our apply, lost %v to %v", s.Lost, s.Takers)
	}
	if s := step("5", 102, less, bystander); len(s.Lost) != 0 {
		t.Errorf("what we ourselves let go of is lost: %v", s.Lost)
	}
}

func TestUntouched(t *testing.T) {
	w := &Watcher{kinds: make(map[schema.GroupKind]*kindWatch), shared: newShared(), dirty: map[inventory.Owner]struct{}{}, wake: make(chan struct{}, 1)}
	kind := schema.GroupVersionKind{Version: "v1", Kind: "ConfigMap"}
	k := newKindWatch(w, kind)
	w.kinds[kind.GroupKind()] = k
	entry := func(name, version, fields string) inventory.Entry {
		return inventory.Entry{Ref: inventory.Ref{Version: "v1", Kind: "ConfigMap", Namespace: "ns", Name: name},
			ResourceVersion: version, Fields: inventory.Fingerprint(sight(name, version, fields).ManagedFields)}
	}
	if w.Untouched(entry("a", "5", `{}`)) {
		t.Error("before the first sync")
	}
	going := sight("going", "6", `{}`)
	going.health = terminating
	_ = k.Replace([]any{sight("a", "5", `{}`), going}, "10")
	for name, c := range map[string]struct {
		entry inventory.Entry
		want  bool
	}{
		"as applied":                {entry("a", "5", `{}`), true},
		"touched":                   {entry("a", "4", `{"f:x":{}}`), false},
		"applied after the sight":   {entry("a", "7", `{"f:x":{}}`), true},
		"gone":                      {entry("b", "9", `{}`), false},
		"made after the last event": {entry("b", "11", `{}`), true},
		"on its way out":            {entry("going", "6", `{}`), false},
		"of an unwatched kind":      {inventory.Entry{Ref: inventory.Ref{Kind: "Secret"}}, false},
	} {
		if got := w.Untouched(c.entry); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
