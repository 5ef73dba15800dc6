package heal

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/spotguide/spotguide/spotguides/kafka/admin"
	"github.com/spotguide/spotguide/spotguides/kafka/plan"
)

func TestIntend(t *testing.T) {
	whole := cluster(4, nil, "1,2,3", "2,3,4", "3,4,1")
	moving := cluster(4, nil, "1,2,3", "2,3,4")
	moving.Partitions[0].Removing = []int32{3}
	combined := cluster(4, nil, "1,2,3", "2,3,4")
	combined.Quorum.Voters = []admin.Voter{{ID: 4}}
	short := cluster(4, []int32{4}, "1,2,3", "2,3,4")
	big := cluster(4, nil, "1,2,3", "2,3,4")
	big.Partitions[1].Topic, big.Partitions[1].MinInSync = "u", 4
	for _, test := range []struct {
		name, operation string
		seen            admin.Observation
		leaving         []int32
		want            string // what it comes to, or the beginning of an error
	}{
		{"repair of nothing", Repair, whole, nil, " [] []"},
		{"repair", Repair, short, nil, "repair [] []"},
		{"repair while one leaves", Repair, short, []int32{3}, "repair [] [3]"},
		{"repair of half", Repair, cluster(4, []int32{3, 4}, "1,2,3", "2,3,4"), nil, "error: brokers [3 4] are gone, half"},
		{"somebody moves", Fill, moving, nil, "error: replicas are being moved"},
		{"fill of nothing", Fill, whole, nil, " [] []"},
		{"fill", Fill, cluster(4, nil, "1,2,3", "2,3,1", "1,2,3"), nil, "add [4] []"},
		{"what leaves is not filled", Fill, cluster(4, nil, "1,2,3", "2,3,1", "1,2,3"), []int32{4}, " [] []"},
		{"rebalance", Rebalance, whole, nil, "rebalance [] []"},
		{"rebalance of what is short", Rebalance, short, nil, "error: 1 partitions are short"},
		{"drain", Drain, whole, []int32{4}, "drain [] [4]"},
		{"drained", Drain, cluster(4, nil, "1,2,3"), []int32{4}, " [] []"},
		{"drain of a controller", Drain, combined, []int32{4}, "error: broker 4 is a controller"},
		{"drain with too few left", Drain, whole, []int32{3, 4}, "error: brokers [3 4] cannot leave: topic t needs 3 brokers for its replicas; 2 would be left"},
		{"drain below the minimum in sync", Drain, big, []int32{4}, "error: brokers [4] cannot leave: topic u needs 4 brokers for its replicas; 3 would be left"},
		{"drain, two topics", Drain, big, []int32{3, 4}, "error: brokers [3 4] cannot leave: topic u needs 4 brokers for its replicas, and so does another topic; 2"},
		{"drain of what is short", Drain, cluster(5, []int32{5}, "1,2,3", "2,3,5"), []int32{4}, " [] []"},
		{"drain while others are short", Drain, cluster(5, []int32{5}, "1,2,4", "2,3,5"), []int32{4}, "error: 1 partitions are short of replicas: nothing leaves before"},
		{"unknown", "heal", whole, nil, `error: operation "heal" is none of`},
	} {
		t.Run(test.name, func(t *testing.T) {
			w, err := Intend(test.operation, test.seen, test.leaving)
			got := fmt.Sprintf("%s %v %v", w.Operation, w.New, w.Draining)
			if err != nil {
				got = "error: " + err.Error()
			}
			if !strings.HasPrefix(got, test.want) {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
	if got := left(cluster(5, []int32{4, 5}, "1,2,3", "2,3,4")); fmt.Sprint(got) != "[5]" {
		t.Errorf("left: %v", got)
	}
}

// A drain in parts moves what the whole would, each replica once, and leaves
// nothing on the broker that leaves.
func TestParts(t *testing.T) {
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 1))
		var texts []string
		for range 20 + random.IntN(60) {
			ids := random.Perm(6)
			texts = append(texts, fmt.Sprintf("%d,%d,%d", ids[0]+1, ids[1]+1, ids[2]+1))
		}
		seen := cluster(6, nil, texts...)
		onIt, moved := held(seen)[6], 0
		for cut, parts := true, 0; cut; parts++ {
			want, err := Intend(Drain, seen, []int32{6})
			if err != nil || want.Nothing() || parts > 100 {
				t.Fatalf("seed %d: part %d: %+v %v", seed, parts, want, err)
			}
			whole, err := plan.Make(seen.Model(admin.Knowledge{Draining: want.Draining}), plan.Request{Operation: want.Operation})
			if err != nil {
				t.Fatal(err)
			}
			var some plan.Plan
			some, cut = part(whole, 7)
			if some.Cost.Partitions > 7 || len(some.Batches) == 0 {
				t.Fatalf("seed %d: %+v", seed, some.Cost)
			}
			moved += some.Cost.Replicas
			for _, b := range some.Batches {
				for _, m := range b.Moves {
					p := &seen.Partitions[m.Partition]
					p.Replicas, p.InSync, p.Leader = m.To, m.To, m.To[0]
				}
			}
		}
		if held(seen)[6] > 0 || moved != onIt {
			t.Errorf("seed %d: %d replicas moved of %d, %d are left", seed, moved, onIt, held(seen)[6])
		}
	}
}
