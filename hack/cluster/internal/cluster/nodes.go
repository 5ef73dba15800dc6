package cluster

import (
	"fmt"
	"strconv"
	"strings"
)

// Nodes says how many nodes of each kind there shall be.
type Nodes struct{ Simulated, Real int }

// maxReal is bounded by the networks that real nodes' pods have.
const maxReal = 60

// ParseNodes reads "simulated:3", "real:2", "simulated:3,real:2" or "none".
func ParseNodes(s string) (Nodes, error) {
	var n Nodes
	if s == "none" {
		return n, nil
	}
	for part := range strings.SplitSeq(s, ",") {
		kind, number, _ := strings.Cut(part, ":")
		count, err := strconv.Atoi(number)
		if err != nil || count < 1 {
			return Nodes{}, fmt.Errorf("nodes %q: want simulated:N, real:N, both with a comma between, or none", s)
		}
		switch {
		case kind == "simulated":
			n.Simulated = count
		case kind == "real" && count <= maxReal:
			n.Real = count
		case kind == "real":
			return Nodes{}, fmt.Errorf("nodes %q: at most %d real nodes", s, maxReal)
		default:
			return Nodes{}, fmt.Errorf("nodes %q: no such kind %q; there are simulated and real", s, kind)
		}
	}
	return n, nil
}

// SimulatedName is the name of a simulated node, counted from 0.
func SimulatedName(i int) string { return fmt.Sprintf("simulated-%d", i) }

// RealName is the name of a real node, counted from 1.
func RealName(i int) string { return fmt.Sprintf("node-%d", i) }

// Zone spreads nodes over three zones.
func Zone(i int) string { return "zone-" + string(rune('a'+i%3)) }
