package observe

import (
	"fmt"
	"maps"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// notes records what a table tells.
type notes map[place]bool

func (n notes) note(namespace string, workload Ref) { n[place{namespace, workload}] = true }

func (n notes) take() (names []string) {
	for p := range n {
		names = append(names, p.namespace+" "+p.workload.Kind+"/"+p.workload.Name)
	}
	clear(n)
	slices.Sort(names)
	return names
}

func newTestPod(namespace, name, owner, node string) *corev1.Pod {
	yes := true
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, UID: types.UID(name)}}
	p.OwnerReferences = []metav1.OwnerReference{{Kind: "StatefulSet", Name: owner, Controller: &yes}}
	p.Spec.NodeName = node
	return p
}

// observeAll is what the table shows of one workload.
func observeAll(t *table, namespace string, ref Ref) (pods []string) {
	o := Observer{sampler: newSampler(t.endpoints), table: t}
	seen, _ := o.Observe(time.Unix(0, 0), Target{Namespace: namespace, Workloads: []Workload{{Ref: ref}}})
	for _, p := range seen.Pods {
		text := p.Name
		switch {
		case p.NodeGone:
			text += " node gone"
		case p.NodeReady != nil && !*p.NodeReady:
			text += " node not ready"
		}
		pods = append(pods, text)
	}
	return pods
}

func TestTableTellsOfChangesOnly(t *testing.T) {
	told := notes{}
	table := newTable(told.note)
	db := Ref{"StatefulSet", "db"}
	pods := &sink[*corev1.Pod]{
		set:    func(p *corev1.Pod) { table.setPod(p.Namespace, newPod(p)) },
		remove: table.removePod, names: table.podNames,
	}
	add := func(p *corev1.Pod) {
		if err := pods.Add(p); err != nil {
			t.Fatal(err)
		}
	}
	steps := []struct {
		name string
		do   func()
		told []string
		seen []string
	}{
		{"a pod on a node that is not known", func() { add(newTestPod("a", "db-0", "db", "n1")) }, []string{"a StatefulSet/db"}, []string{"db-0 node gone"}},
		{"its node", func() { table.setNode("n1", node{state: "Ready"}) }, []string{"a StatefulSet/db"}, []string{"db-0"}},
		{"another node", func() { table.setNode("n2", node{state: "Ready"}) }, nil, []string{"db-0"}},
		{"the same again", func() { add(newTestPod("a", "db-0", "db", "n1")); table.setNode("n1", node{state: "Ready"}) }, nil, []string{"db-0"}},
		{"a label that nobody reads", func() {
			p := newTestPod("a", "db-0", "db", "n1")
			p.Labels = map[string]string{"x": "y"}
			add(p)
		}, nil, []string{"db-0"}},
		{"the node is lost", func() { table.setNode("n1", node{state: "Unknown"}) }, []string{"a StatefulSet/db"}, []string{"db-0 node not ready"}},
		{"a new list", func() {
			if err := pods.Replace([]any{newTestPod("a", "db-1", "db", "n2"), newTestPod("b", "db-0", "db", "n2")}, "7"); err != nil {
				t.Fatal(err)
			}
		}, []string{"a StatefulSet/db", "b StatefulSet/db"}, []string{"db-1"}},
		{"another owner", func() { add(newTestPod("a", "db-1", "other", "n2")) }, []string{"a StatefulSet/db", "a StatefulSet/other"}, nil},
		{"deletion", func() {
			if err := pods.Delete(newTestPod("a", "db-1", "other", "n2")); err != nil {
				t.Fatal(err)
			}
		}, []string{"a StatefulSet/other"}, nil},
		{"a workload", func() { table.setWorkload("a", db, workload{desired: 1}) }, []string{"a StatefulSet/db"}, nil},
		{"the same workload", func() { table.setWorkload("a", db, workload{desired: 1}) }, nil, nil},
		{"a scaler", func() { table.setScaler("a", "h", db) }, []string{"a StatefulSet/db"}, nil},
		{"a scaler that turns to another", func() { table.setScaler("a", "h", Ref{"Deployment", "web"}) },
			[]string{"a Deployment/web", "a StatefulSet/db"}, nil},
		{"all goes", func() { table.removeScaler("a", "h"); table.removeWorkload("a", db) }, []string{"a Deployment/web", "a StatefulSet/db"}, nil},
	}
	for _, step := range steps {
		step.do()
		if diff := cmp.Diff(step.told, told.take()); diff != "" {
			t.Errorf("%s: told (-want +got)\n%s", step.name, diff)
		}
		if diff := cmp.Diff(step.seen, observeAll(table, "a", db)); diff != "" {
			t.Errorf("%s: seen (-want +got)\n%s", step.name, diff)
		}
	}
	if left := slices.Collect(maps.Keys(table.spaces)); !slices.Equal(left, []string{"b"}) {
		t.Errorf("namespaces of which nothing is left are kept: %v", left)
	}
}

// A pod as a cluster has them costs a few hundred bytes.
func TestPodsAreSmall(t *testing.T) {
	const count = 10_000
	before := heap()
	table := newTable(func(string, Ref) {})
	pods := &sink[*corev1.Pod]{set: func(p *corev1.Pod) { table.setPod(p.Namespace, newPod(p)) }}
	for i := range count {
		name := fmt.Sprintf("some-application-%d", i/3)
		p := newTestPod(fmt.Sprintf("namespace-%d", i/30), fmt.Sprintf("%s-%08x-%d", name, i, i), name, fmt.Sprintf("node-%d", i%100))
		p.UID = types.UID(fmt.Sprintf("%08x-0000-0000-0000-%012x", i, i))
		p.Spec.Containers = []corev1.Container{{Name: "main", Image: "example.invalid/image", Env: make([]corev1.EnvVar, 20)}}
		if err := pods.Add(p); err != nil {
			t.Fatal(err)
		}
	}
	if each := (heap() - before) / count; each > 500 {
		t.Errorf("a pod takes %d bytes", each)
	} else {
		t.Logf("a pod takes %d bytes", each)
	}
	runtime.KeepAlive(table)
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func BenchmarkObserve(b *testing.B) {
	table := newTable(notes{}.note)
	var targets []Target
	for i := range 1000 {
		namespace := fmt.Sprint("namespace-", i)
		ref := Ref{"StatefulSet", "db"}
		table.setWorkload(namespace, ref, workload{desired: 3, ready: 3})
		for j := range 3 {
			table.setPod(namespace, newPod(newTestPod(namespace, fmt.Sprint("db-", j), "db", "node")))
		}
		targets = append(targets, Target{Namespace: namespace, Workloads: []Workload{{Ref: ref}}})
	}
	table.setNode("node", node{state: "Ready"})
	o := Observer{sampler: newSampler(table.endpoints), table: table}
	b.ReportAllocs()
	for b.Loop() {
		for _, t := range targets {
			if seen, known := o.Observe(time.Unix(1, 0), t); !known || len(seen.Pods) != 3 {
				b.Fatal(seen)
			}
		}
	}
}
