package observe

import (
	"math"

	corev1 "k8s.io/api/core/v1"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// spread is what a workload's pods ask for: the maxSkew of their constraints, 0
// where there is none.
type spread struct{ zones, nodes int32 }

// spreadOf reads it from a pod template. Pods that are bound to some nodes, by
// their volumes or otherwise, cannot be moved at will: they ask for nothing.
func spreadOf(p *corev1.PodSpec, claims int) (s spread) {
	if claims > 0 || len(p.NodeSelector) > 0 || p.NodeName != "" ||
		p.Affinity != nil && p.Affinity.NodeAffinity != nil && p.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution != nil {
		return spread{}
	}
	for _, v := range p.Volumes {
		if v.PersistentVolumeClaim != nil || v.Ephemeral != nil {
			return spread{}
		}
	}
	for _, c := range p.TopologySpreadConstraints {
		switch c.TopologyKey {
		case corev1.LabelTopologyZone:
			s.zones = c.MaxSkew
		case corev1.LabelHostname:
			s.nodes = c.MaxSkew
		}
	}
	return s
}

// balance tells by how much the pods of a workload surpass its spread, and marks
// those that had better be elsewhere. The lock is held.
func (t *table) balance(s spread, pods []guide.Pod) (zones, nodes int32) {
	if s.zones > 0 {
		if zones = t.balanceZones(s.zones, pods); zones > 0 {
			return zones, 0
		}
	}
	if s.nodes > 0 {
		nodes = t.balanceNodes(s, pods)
	}
	return 0, nodes
}

func (t *table) balanceZones(skew int32, pods []guide.Pod) int32 {
	count := map[string]int32{}
	for zone, usable := range t.usable {
		if usable > 0 && zone != "" {
			count[zone] = 0
		}
	}
	for i := range pods {
		if _, ok := count[pods[i].Zone]; ok && placed(&pods[i]) {
			count[pods[i].Zone]++
		}
	}
	most, least := bounds(count)
	if most-least <= skew {
		return 0
	}
	for i := range pods {
		if n, ok := count[pods[i].Zone]; ok && n == most {
			pods[i].Crowded = placed(&pods[i])
		}
	}
	return most - least - skew
}

// balanceNodes looks at each zone by itself where zones have a say, else at all
// nodes together.
func (t *table) balanceNodes(s spread, pods []guide.Pod) (worst int32) {
	counts := map[string]map[string]int32{} // by zone, by node
	group := func(p *guide.Pod) string {
		if s.zones > 0 {
			return p.Zone
		}
		return ""
	}
	for i := range pods {
		p := &pods[i]
		if !placed(p) || !t.nodes[p.Node].usable {
			continue
		}
		if counts[group(p)] == nil {
			counts[group(p)] = map[string]int32{}
		}
		counts[group(p)][p.Node]++
	}
	var fullest string
	for zone, count := range counts {
		most, least := bounds(count)
		if int32(len(count)) < t.room(zone, s.zones > 0) {
			least = 0
		}
		if excess := most - least - s.nodes; excess > worst || excess == worst && excess > 0 && zone < fullest {
			worst, fullest = excess, zone
		}
	}
	if worst == 0 {
		return 0
	}
	most, _ := bounds(counts[fullest])
	for i := range pods {
		p := &pods[i]
		p.Crowded = placed(p) && group(p) == fullest && counts[fullest][p.Node] == most
	}
	return worst
}

// room is how many nodes take pods, in a zone or everywhere.
func (t *table) room(zone string, zones bool) (n int32) {
	if zones {
		return t.usable[zone]
	}
	for _, usable := range t.usable {
		n += usable
	}
	return n
}

func placed(p *guide.Pod) bool { return p.Node != "" && p.TerminatingSeconds == 0 }

// bounds are the highest and the lowest count, 0 of none.
func bounds(count map[string]int32) (most, least int32) {
	least = math.MaxInt32
	for _, n := range count {
		most, least = max(most, n), min(least, n)
	}
	return most, min(most, least)
}
