package sla

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// crowded is the pod whose move makes the spread of a component more even, the
// youngest first. Only a component of which all pods are ready is touched, so that
// one is missing at a time.
func (d *decider) crowded(w *guide.Workload) (Target, string) {
	if ready := readyOf(d.observation, w); ready < w.Desired {
		return Target{}, fmt.Sprintf("%d of %d pods are ready: one is moved at a time", ready, w.Desired)
	}
	var crowded []*guide.Pod
	for i := range d.observation.Pods {
		if p := &d.observation.Pods[i]; p.Crowded && p.Ready && p.TerminatingSeconds == 0 && owns(w, p) {
			crowded = append(crowded, p)
		}
	}
	if len(crowded) == 0 {
		return Target{}, "no pod would make the spread more even elsewhere"
	}
	return targetOf(slices.MinFunc(crowded, func(a, b *guide.Pod) int {
		return cmp.Or(cmp.Compare(a.AgeSeconds, b.AgeSeconds), cmp.Compare(a.Name, b.Name))
	})), ""
}

// excess is how unevenly a component is spread, zones first; 0 for nil.
func excess(w *guide.Workload) int64 {
	if w == nil {
		return 0
	}
	return int64(w.ZoneExcess)<<32 + int64(w.NodeExcess)
}

// attempts is how often the candidate's rule has acted without any help. A move
// that made the spread more even did help, though more have to follow.
func (d *decider) attempts(c candidate) int {
	e := d.state.Episodes[c.rule.name][c.on.scope()]
	if c.rule.kind == Rebalance && excess(c.on.component) < e.Excess {
		return 0
	}
	return e.Attempts
}
