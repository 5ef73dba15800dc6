package observe

import (
	"maps"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// node is what is kept of a Node.
type node struct {
	state, zone string
	since       int64 // Unix time since which it is ready or not
	usable      bool  // takes new pods
}

func newNode(n *corev1.Node) node {
	out := node{state: guide.NodeUnknown, zone: n.Labels[corev1.LabelTopologyZone], since: n.CreationTimestamp.Unix()}
	for _, c := range n.Status.Conditions {
		if c.Type != corev1.NodeReady {
			continue
		}
		out.since = max(out.since, c.LastTransitionTime.Unix())
		switch c.Status {
		case corev1.ConditionTrue:
			out.state, out.usable = guide.NodeReady, !n.Spec.Unschedulable && !repels(n)
			return out
		case corev1.ConditionFalse:
			out.state = guide.NodeNotReady
		}
	}
	if slices.ContainsFunc(n.Spec.Taints, func(t corev1.Taint) bool { return guide.SaysOff(t.Key) }) {
		out.state = guide.NodeOff
	}
	return out
}

// repels: new pods stay away, unless they tolerate a taint.
func repels(n *corev1.Node) bool {
	return slices.ContainsFunc(n.Spec.Taints, func(t corev1.Taint) bool { return t.Effect != corev1.TaintEffectPreferNoSchedule })
}

// stripNode drops what newNode does not read, images above all.
func stripNode(n *corev1.Node) {
	n.Status = corev1.NodeStatus{Conditions: n.Status.Conditions}
}

func (t *table) setNode(name string, n node) {
	t.mu.Lock()
	defer t.mu.Unlock()
	old, ok := t.nodes[name]
	if ok && old == n {
		return
	}
	t.count(old, -1)
	t.nodes[name] = n
	t.count(n, 1)
	t.noteNode(name)
	if old.usable != n.usable || n.usable && old.zone != n.zone {
		t.noteSpread()
	}
}

func (t *table) removeNode(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	old := t.nodes[name]
	t.count(old, -1)
	delete(t.nodes, name)
	t.noteNode(name)
	if old.usable {
		t.noteSpread()
	}
}

// count adds a node to those of its zone that take pods. The lock is held.
func (t *table) count(n node, by int32) {
	if !n.usable {
		return
	}
	t.usable[n.zone] += by
	if t.usable[n.zone] == 0 {
		delete(t.usable, n.zone)
	}
}

// noteNode tells of every workload with a pod on the node. Nodes come and go
// rarely enough to look through all pods. The lock is held.
func (t *table) noteNode(name string) {
	for namespace, s := range t.spaces {
		for _, p := range s.pods {
			if p.node.Value() == name {
				t.note(namespace, p.owner())
			}
		}
	}
}

// noteSpread tells of every workload that is spread over nodes or zones: there is
// room for it, or none any more, where it has no pods. The lock is held.
func (t *table) noteSpread() {
	for namespace, s := range t.spaces {
		for ref, w := range s.workloads {
			if w.spread != (spread{}) {
				t.note(namespace, ref)
			}
		}
	}
}

// under are the nodes that pods are on, by name. The lock is held.
func (t *table) under(now time.Time, pods []guide.Pod) []guide.Node {
	count := map[string]int32{}
	for i := range pods {
		p := &pods[i]
		if p.Node != "" && p.Phase != string(corev1.PodSucceeded) && p.Phase != string(corev1.PodFailed) {
			count[p.Node]++
		}
	}
	var out []guide.Node
	for _, name := range slices.Sorted(maps.Keys(count)) {
		seen := guide.Node{Name: name, State: guide.NodeGone, Off: true, Pods: count[name]}
		if n, ok := t.nodes[name]; ok {
			seen.State, seen.Zone = n.state, n.zone
			seen.Ready, seen.Off = n.state == guide.NodeReady, n.state == guide.NodeOff
			seen.ForSeconds = secondsSince(now, n.since, 1)
		}
		out = append(out, seen)
	}
	return out
}
