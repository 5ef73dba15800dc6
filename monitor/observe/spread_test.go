package observe

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// landscape is a table with nodes, named zone and number, and pods on them.
func landscape(nodes, pods []string) (*table, []guide.Pod) {
	t := newTable(func(string, Ref) {})
	for _, name := range nodes {
		zone, usable := name[:1], name[len(name)-1] != '!'
		t.setNode(name, node{state: guide.NodeReady, zone: zone, usable: usable})
	}
	var out []guide.Pod
	for i, name := range pods {
		out = append(out, guide.Pod{Name: fmt.Sprint(i), Node: name, Zone: name[:1]})
	}
	return t, out
}

func TestBalance(t *testing.T) {
	both := spread{zones: 1, nodes: 1}
	tests := map[string]struct {
		spread        spread
		nodes, pods   []string
		zones, excess int32
		crowded       string
	}{
		"even":                            {both, []string{"a1", "b1"}, []string{"a1", "b1", "b1"}, 0, 0, ""},
		"a zone is empty":                 {both, []string{"a1", "b1"}, []string{"a1", "a1"}, 1, 0, "01"},
		"nobody asked":                    {spread{}, []string{"a1", "b1"}, []string{"a1", "a1"}, 0, 0, ""},
		"more is allowed":                 {spread{zones: 2}, []string{"a1", "b1"}, []string{"a1", "a1"}, 0, 0, ""},
		"the empty zone takes none":       {both, []string{"a1", "b1!"}, []string{"a1", "a1"}, 0, 0, ""},
		"a node is empty":                 {both, []string{"a1", "a2"}, []string{"a1", "a1", "a1"}, 0, 2, "012"},
		"zones go first":                  {both, []string{"a1", "a2", "b1"}, []string{"a1", "a1"}, 1, 0, "01"},
		"zones of different size":         {both, []string{"a1", "b1", "b2"}, []string{"a1", "a1", "b1", "b2"}, 0, 0, ""},
		"of nodes alone":                  {spread{nodes: 1}, []string{"a1", "b1", "b2"}, []string{"a1", "a1", "b1"}, 0, 1, "01"},
		"the fullest of two zones":        {both, []string{"a1", "a2", "b1", "b2"}, []string{"a1", "a1", "b1", "b1", "b1"}, 0, 2, "234"},
		"on a node that takes no more":    {spread{nodes: 1}, []string{"a1!", "a2"}, []string{"a1!", "a1!", "a2"}, 0, 0, ""},
		"one zone, on one of three nodes": {both, []string{"a1", "a2", "a3"}, []string{"a1", "a1"}, 0, 1, "01"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			table, pods := landscape(tt.nodes, tt.pods)
			zones, nodes := table.balance(tt.spread, pods)
			crowded := ""
			for _, p := range pods {
				if p.Crowded {
					crowded += p.Name
				}
			}
			if zones != tt.zones || nodes != tt.excess || crowded != tt.crowded {
				t.Errorf("zones %d, nodes %d, crowded %q", zones, nodes, crowded)
			}
		})
	}
}

// Whatever the cluster looks like, moving one crowded pod after the other to
// where a scheduler puts it ends with an even spread: nothing is moved in
// circles, and there are no more moves than pods.
func TestBalanceEnds(t *testing.T) {
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 0))
		var nodes, pods []string
		for range 1 + r.IntN(8) {
			nodes = append(nodes, fmt.Sprintf("%c%d", "abc"[r.IntN(3)], len(nodes)))
		}
		for range r.IntN(15) {
			pods = append(pods, nodes[r.IntN(len(nodes))])
		}
		s := spread{zones: int32(r.IntN(3)), nodes: int32(r.IntN(3))}
		table, seen := landscape(nodes, pods)
		for moves := 0; ; moves++ {
			for i := range seen {
				seen[i].Crowded = false
			}
			zones, excess := table.balance(s, seen)
			if zones == 0 && excess == 0 {
				break
			}
			if moves > 2*len(pods) {
				t.Fatalf("seed %d: %d moves of %d pods and still %d, %d: %+v on %v", seed, moves, len(pods), zones, excess, seen, nodes)
			}
			i := 0
			for i < len(seen) && !seen[i].Crowded {
				i++
			}
			if i == len(seen) {
				t.Fatalf("seed %d: excess %d, %d and nobody is crowded", seed, zones, excess)
			}
			seen[i].Node, seen[i].Zone = "", ""
			schedule(table, s, nodes, seen, i)
		}
	}
}

// schedule puts a pod where the scheduler would: into the emptiest zone, on the
// emptiest node.
func schedule(t *table, s spread, nodes []string, pods []guide.Pod, i int) {
	best, least := "", 1<<30
	for _, name := range nodes {
		score := 0
		for _, p := range pods {
			if s.zones > 0 && p.Zone == name[:1] {
				score += 1000
			}
			if p.Node == name {
				score++
			}
		}
		if score < least {
			best, least = name, score
		}
	}
	pods[i].Node, pods[i].Zone = best, t.nodes[best].zone
}

// What is bound to some nodes asks for no spread.
func TestSpreadOf(t *testing.T) {
	asks := corev1.PodSpec{TopologySpreadConstraints: []corev1.TopologySpreadConstraint{
		{TopologyKey: corev1.LabelTopologyZone, MaxSkew: 1}, {TopologyKey: corev1.LabelHostname, MaxSkew: 2}, {TopologyKey: "rack", MaxSkew: 3},
	}}
	with := func(change func(*corev1.PodSpec)) corev1.PodSpec {
		p := *asks.DeepCopy()
		change(&p)
		return p
	}
	claim := corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: "x"}}
	for name, tt := range map[string]struct {
		pod    corev1.PodSpec
		claims int
		want   spread
	}{
		"both":            {asks, 0, spread{1, 2}},
		"own volumes":     {asks, 1, spread{}},
		"a claim":         {with(func(p *corev1.PodSpec) { p.Volumes = []corev1.Volume{{VolumeSource: claim}} }), 0, spread{}},
		"some nodes only": {with(func(p *corev1.PodSpec) { p.NodeSelector = map[string]string{"disk": "ssd"} }), 0, spread{}},
		"nothing":         {corev1.PodSpec{}, 0, spread{}},
	} {
		if got := spreadOf(&tt.pod, tt.claims); got != tt.want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// Nodes that come, go and change are counted once each.
func TestNodesThatTakePods(t *testing.T) {
	table := newTable(func(string, Ref) {})
	usable := newNode(newTestNode("True"))
	cordoned := newTestNode("True")
	cordoned.Spec.Unschedulable = true
	for i, step := range []struct {
		do   func()
		want int32
	}{
		{func() { table.setNode("n1", usable) }, 1},
		{func() { table.setNode("n1", usable); table.setNode("n2", usable) }, 2},
		{func() { table.setNode("n1", newNode(cordoned)) }, 1},
		{func() { table.setNode("n2", newNode(newTestNode("True", "dedicated"))) }, 0},
		{func() { table.setNode("n1", usable); table.removeNode("n2") }, 1},
		{func() { table.removeNode("n1"); table.removeNode("n1") }, 0},
	} {
		if step.do(); table.usable["a"] != step.want {
			t.Errorf("step %d: %d", i, table.usable["a"])
		}
	}
	// What is seen of a workload says so.
	even := spread{nodes: 1}
	table.setNode("n1", usable)
	table.setNode("n2", usable)
	table.setWorkload("a", Ref{"StatefulSet", "db"}, workload{desired: 2, spread: even})
	for _, name := range []string{"db-0", "db-1"} {
		table.setPod("a", newPod(newTestPod("a", name, "db", "n1")))
	}
	o := Observer{sampler: newSampler(table.endpoints), table: table}
	seen, _ := o.Observe(time.Unix(1000, 0), Target{Namespace: "a", Workloads: []Workload{{Ref: Ref{"StatefulSet", "db"}}}})
	if seen.Components[0].NodeExcess != 1 || !seen.Pods[0].Crowded || !seen.Pods[1].Crowded {
		t.Errorf("seen %+v", seen)
	}
}

// Who is spread hears of room where it has no pods, and of its end; others do not.
func TestRoomIsTold(t *testing.T) {
	told := notes{}
	table := newTable(told.note)
	table.setNode("a1", node{state: guide.NodeReady, zone: "a", usable: true})
	table.setWorkload("shop", Ref{"Deployment", "web"}, workload{spread: spread{zones: 1}})
	table.setWorkload("shop", Ref{"Deployment", "job"}, workload{})
	told.take()
	want := []string{"shop Deployment/web"}
	for _, step := range []struct {
		what string
		do   func()
		want []string
	}{
		{"a node that takes none", func() { table.setNode("b1", node{state: guide.NodeReady, zone: "b"}) }, nil},
		{"it takes pods", func() { table.setNode("b1", node{state: guide.NodeReady, zone: "b", usable: true}) }, want},
		{"it is the same", func() { table.setNode("b1", node{state: guide.NodeReady, zone: "b", usable: true, since: 1}) }, nil},
		{"it moves", func() { table.setNode("b1", node{state: guide.NodeReady, zone: "c", usable: true}) }, want},
		{"it is gone", func() { table.removeNode("b1") }, want},
	} {
		step.do()
		if diff := cmp.Diff(step.want, told.take()); diff != "" {
			t.Errorf("%s: %s", step.what, diff)
		}
	}
}
