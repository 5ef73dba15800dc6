package plan_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/spotguide/spotguide/spotguides/kafka/plan"
)

// small is a cluster of four brokers in two racks with disks of 1000 bytes, and
// one partition on brokers 1 and 2.
func small() plan.Cluster {
	return plan.Cluster{
		Brokers: []plan.Broker{
			{ID: 1, Rack: "a", State: plan.Alive, Capacity: 1000}, {ID: 2, Rack: "b", State: plan.Alive, Capacity: 1000},
			{ID: 3, Rack: "a", State: plan.Alive, Capacity: 1000}, {ID: 4, Rack: "b", State: plan.Alive, Capacity: 1000},
		},
		Partitions: []plan.Partition{{Topic: "orders", Number: 0, Replicas: []int32{1, 2}, Leader: 1, Size: 100, MinInSync: 1}},
	}
}

func TestMakeSaysWhatCannotBeDone(t *testing.T) {
	tests := []struct {
		name    string
		change  func(c *plan.Cluster)
		request plan.Request
		want    string
	}{
		{"nothing to copy from", func(c *plan.Cluster) { c.Brokers[0].State, c.Brokers[1].State = plan.Dead, plan.Dead },
			plan.Request{Operation: plan.Repair}, "no-source orders-0, broker 1: every replica is on a dead broker: bring one of them back, there is nothing to copy from"},
		{"no broker left", func(c *plan.Cluster) {
			c.Brokers = c.Brokers[:2]
			c.Brokers[0].State = plan.Draining
		}, plan.Request{Operation: plan.Drain}, "too-few-brokers orders-0, broker 1: there are 1 brokers for 2 replicas: add brokers or lower the replication factor"},
		{"no room", func(c *plan.Cluster) { c.Brokers[0].State, c.Brokers[2].Capacity = plan.Draining, 120 },
			plan.Request{Operation: plan.Drain}, "no-space orders-0, broker 1: none of the 1 brokers in racks that suit it has room for 100 bytes; broker 3 comes closest with 96 bytes below its headroom: add brokers or grow their disks"},
		{"a rack short", func(c *plan.Cluster) { c.Brokers[0].State, c.Brokers[2].State = plan.Dead, plan.Dead },
			plan.Request{Operation: plan.Repair, Options: plan.Options{Racks: 2}}, "too-few-racks orders-0, broker 1: its replicas are to be in 2 racks, and brokers that may take one are in 1: add brokers in another rack"},
		{"under way", func(c *plan.Cluster) { c.Brokers[0].State, c.Partitions[0].Reassigning = plan.Draining, true },
			plan.Request{Operation: plan.Drain}, "busy orders-0, broker 1: a reassignment of it is under way; plan again when it is done"},
		{"too many replicas", nil, plan.Request{Operation: plan.Replicate, Replication: map[string]int{"orders": 5}},
			"too-few-brokers orders-0: there are 4 brokers for 5 replicas: add brokers"},
		{"too few replicas", func(c *plan.Cluster) { c.Partitions[0].MinInSync = 2 },
			plan.Request{Operation: plan.Replicate, Replication: map[string]int{"orders": 1}},
			"below-minimum orders-0: 1 replicas are fewer than its min.insync.replicas of 2"},
		{"no such topic", nil, plan.Request{Operation: plan.Replicate, Replication: map[string]int{"order": 1}},
			"unknown topic order: there is no such topic"},
		{"a full disk", func(c *plan.Cluster) { c.Partitions[0].Size = 900 }, plan.Request{Operation: plan.Rebalance},
			"no-space broker 1: its disk is filled beyond its headroom, and no other broker has room for what should leave: add brokers or grow their disks\n" +
				"no-space broker 2: its disk is filled beyond its headroom, and no other broker has room for what should leave: add brokers or grow their disks"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := small()
			if test.change != nil {
				test.change(&c)
			}
			p, err := plan.Make(c, test.request)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, told(p)); diff != "" {
				t.Error(diff)
			}
			if p.Cost != (plan.Cost{}) {
				t.Errorf("it costs %+v", p.Cost)
			}
		})
	}
}

func told(p plan.Plan) string {
	var lines []string
	for _, problem := range p.Problems {
		lines = append(lines, string(problem.Kind)+" "+problem.Error())
	}
	return strings.Join(lines, "\n")
}

func TestMakeRefusesWhatMakesNoSense(t *testing.T) {
	c := small()
	c.Brokers = append(c.Brokers, plan.Broker{ID: 1, State: plan.Alive}, plan.Broker{ID: 9, State: "asleep"}, plan.Broker{ID: 10, State: plan.Dead, Capacity: -1})
	c.Partitions = append(c.Partitions, c.Partitions[0], plan.Partition{Topic: "a", Replicas: []int32{7}},
		plan.Partition{Topic: "b", Replicas: []int32{1, 1}}, plan.Partition{Topic: "c"}, plan.Partition{Topic: "d", Replicas: []int32{1}, Size: -1})
	_, err := plan.Make(c, plan.Request{Operation: plan.Drain})
	want := `the cluster's model: broker 1 is listed twice
broker 9: state "asleep" is none of alive, new, draining and dead
broker 10: a capacity is negative
partition orders-0 is listed twice
partition a-0: there is no broker 7 (list a lost one as dead)
partition b-0: broker 1 holds two of its replicas
partition c-0: it has no replicas
partition d-0: its size or a rate is negative`
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
	for _, r := range []plan.Request{
		{}, {Operation: plan.Drain, Options: plan.Options{Headroom: 1}}, {Operation: plan.Drain, Options: plan.Options{Racks: -1}},
		{Operation: plan.Drain, Options: plan.Options{Tolerance: plan.Tolerance{Bytes: -1}}},
		{Operation: plan.Drain, Options: plan.Options{Bounds: plan.Bounds{PerBatch: -1}}},
	} {
		if _, err := plan.Make(small(), r); err == nil {
			t.Errorf("%+v was planned", r)
		}
	}
}

func TestFollow(t *testing.T) {
	at := func(topic string, number int32, replicas ...int32) plan.Assignment {
		return plan.Assignment{ID: plan.ID{Topic: topic, Partition: number}, Replicas: replicas}
	}
	tests := []struct {
		name   string
		change func(c *plan.Cluster)
		to     []plan.Assignment
		want   string
		moves  []plan.Move
	}{
		{"both replicas", nil, []plan.Assignment{at("orders", 0, 3, 4)}, "",
			[]plan.Move{{ID: plan.ID{Topic: "orders"}, From: []int32{1, 2}, To: []int32{3, 4}, Source: 1, Bytes: 200}}},
		{"the order only", nil, []plan.Assignment{at("orders", 0, 2, 1)}, "",
			[]plan.Move{{ID: plan.ID{Topic: "orders"}, From: []int32{1, 2}, To: []int32{2, 1}, Source: -1}}},
		{"nothing", nil, []plan.Assignment{at("orders", 0, 1, 2)}, "", nil},
		{"unknown", nil, []plan.Assignment{at("order", 0, 3, 4), at("orders", 1, 3, 4), at("orders", 0, 3, 9)},
			"unknown order-0: there is no such partition\nunknown orders-0, broker 9: there is no such broker\nunknown orders-1: there is no such partition", nil},
		{"twice", nil, []plan.Assignment{at("orders", 0, 3, 3)}, "misplaced orders-0, broker 3: the broker would hold two of its replicas", nil},
		{"dead", func(c *plan.Cluster) { c.Brokers[2].State = plan.Dead }, []plan.Assignment{at("orders", 0, 3, 2)},
			"misplaced orders-0, broker 3: the broker is dead", nil},
		{"full", func(c *plan.Cluster) { c.Brokers[2].Capacity = 100 }, []plan.Assignment{at("orders", 0, 3, 2)},
			"no-space orders-0, broker 3: the broker has 80 bytes below its headroom, and the replica 100", nil},
		{"one rack", nil, []plan.Assignment{at("orders", 0, 1, 3)}, "misplaced orders-0: its replicas would share racks more than they have to", nil},
		{"none", nil, []plan.Assignment{at("orders", 0)}, "below-minimum orders-0: 0 replicas are fewer than its min.insync.replicas of 1", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := small()
			if test.change != nil {
				test.change(&c)
			}
			p, err := plan.Follow(c, test.to, plan.Options{}, false)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, told(p)); diff != "" {
				t.Error(diff)
			}
			var moves []plan.Move
			for _, b := range p.Batches {
				moves = append(moves, b.Moves...)
			}
			if diff := cmp.Diff(test.moves, moves); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRollbackPutsEverythingBack(t *testing.T) {
	for _, s := range situations(shape{brokers: 30, racks: 3, partitions: 900, factor: 3, seed: 42, messy: true}) {
		if strings.Contains(s.name, "repair") || strings.Contains(s.name, "dead") || s.name == "drain" {
			continue // their way back is closed
		}
		p, err := plan.Make(s.cluster, s.request)
		if err != nil {
			t.Fatal(err)
		}
		after := p.Apply(s.cluster)
		back, err := plan.Follow(after, p.Rollback(), plan.Options{}, true)
		if err != nil || len(back.Problems) > 0 {
			t.Fatal(s.name, err, back.Problems)
		}
		restored := back.Apply(after)
		for i, was := range s.cluster.Partitions {
			if diff := cmp.Diff(was.Replicas, restored.Partitions[i].Replicas); diff != "" {
				t.Errorf("%s: %s-%d: %s", s.name, was.Topic, was.Number, diff)
			}
		}
	}
}
