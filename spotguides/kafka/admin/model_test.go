package admin

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/spotguide/spotguide/spotguides/kafka/plan"
)

func at(topic string, partition int32) plan.ID { return plan.ID{Topic: topic, Partition: partition} }

func TestModel(t *testing.T) {
	o := Observation{
		Brokers: []Broker{
			{ID: 1, Rack: "a", Dirs: []LogDir{{Total: 100}, {Total: 50}}}, {ID: 2, Rack: "b", Fenced: true},
			{ID: 3, Rack: "a", Dirs: []LogDir{{Total: -1, Cordoned: true}}}, {ID: 4, Rack: "b", Dirs: []LogDir{{Total: 7, Cordoned: true}, {}}},
			{ID: 5, Rack: "c"},
		},
		Partitions: []Partition{
			{ID: at("orders", 0), Replicas: []int32{1, 2, 9}, InSync: []int32{1}, Leader: 1, Size: 10, MinInSync: 2},
			{ID: at("orders", 1), Replicas: []int32{5, 1, 3}, InSync: []int32{1, 3}, Leader: 1, Adding: []int32{5}, Removing: []int32{3}},
		},
	}
	got := o.Model(Knowledge{New: []int32{5}, Draining: []int32{4}, Capacity: map[int32]int64{5: 99}, Racks: map[int32]string{9: "z"},
		Rates: map[plan.ID]Rates{at("orders", 0): {In: 3, Out: 4}}})
	want := plan.Cluster{
		Brokers: []plan.Broker{
			{ID: 1, Rack: "a", State: plan.Alive, Capacity: 150}, {ID: 2, Rack: "b", State: plan.Dead},
			{ID: 3, Rack: "a", State: plan.Draining}, {ID: 4, Rack: "b", State: plan.Draining, Capacity: 7},
			{ID: 5, Rack: "c", State: plan.New, Capacity: 99}, {ID: 9, Rack: "z", State: plan.Dead},
		},
		Partitions: []plan.Partition{
			{Topic: "orders", Number: 0, Replicas: []int32{1, 2, 9}, InSync: []int32{1}, Leader: 1, Size: 10, MinInSync: 2, In: 3, Out: 4},
			{Topic: "orders", Number: 1, Replicas: []int32{1, 3}, InSync: []int32{1, 3}, Leader: 1, Reassigning: true},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if err := got.Validate(); err != nil {
		t.Error(err)
	}
}

func TestHealth(t *testing.T) {
	o := Observation{Partitions: []Partition{
		{ID: at("fine", 0), Replicas: []int32{1, 2}, InSync: []int32{2, 1}, Leader: 1, MinInSync: 1},
		{ID: at("growing", 0), Replicas: []int32{1, 2, 3}, InSync: []int32{2, 1}, Leader: 1, MinInSync: 2, Adding: []int32{3}},
		{ID: at("short", 0), Replicas: []int32{1, 2, 3}, InSync: []int32{2, 1}, Leader: 1, MinInSync: 2},
		{ID: at("shorter", 0), Replicas: []int32{1, 2, 3}, InSync: []int32{1}, Leader: 1, MinInSync: 2},
		{ID: at("gone", 0), Replicas: []int32{1, 2, 3}, InSync: nil, Leader: -1, MinInSync: 1},
	}}
	want := Health{
		Offline:         []plan.ID{at("gone", 0)},
		UnderReplicated: []plan.ID{at("short", 0), at("shorter", 0), at("gone", 0)},
		UnderMinimum:    []plan.ID{at("shorter", 0), at("gone", 0)},
	}
	if diff := cmp.Diff(want, o.Health()); diff != "" {
		t.Error(diff)
	}
}

func TestStand(t *testing.T) {
	move := func(topic string, to ...int32) plan.Move {
		return plan.Move{ID: at(topic, 0), From: []int32{1, 2}, To: to}
	}
	topics := kadm.TopicDetails{}
	for topic, replicas := range map[string][]int32{"waiting": {1, 2}, "done": {1, 3}, "turned": {3, 1}, "underway": {1, 3, 2}, "elsewhere": {1, 4}} {
		topics[topic] = kadm.TopicDetail{Topic: topic, Partitions: kadm.PartitionDetails{0: {Topic: topic, Replicas: replicas}}}
	}
	moving := kadm.ListPartitionReassignmentsResponses{"underway": {0: {Topic: "underway", AddingReplicas: []int32{3}}}}
	got := stand([]plan.Move{move("waiting", 1, 3), move("done", 1, 3), move("turned", 1, 3), move("underway", 1, 3), move("gone", 1, 3), move("elsewhere", 1, 3)}, topics, moving)
	names := func(moves []plan.Move) (all []string) {
		for _, m := range moves {
			all = append(all, m.Topic)
		}
		return all
	}
	want := map[string][]string{"waiting": {"waiting", "turned", "elsewhere"}, "underway": {"underway"}, "gone": {"gone"}}
	if diff := cmp.Diff(want, map[string][]string{"waiting": names(got.waiting), "underway": names(got.underway), "gone": names(got.gone)}); diff != "" {
		t.Error(diff)
	}
}

func TestThrottled(t *testing.T) {
	got := throttled([]plan.Move{
		{ID: at("orders", 0), From: []int32{1, 2}, To: []int32{1, 3}}, {ID: at("orders", 7), From: []int32{2, 4}, To: []int32{5, 6}},
		{ID: at("bills", 0), From: []int32{1, 2}, To: []int32{2, 1}},
	})
	want := map[string]replicaLists{"orders": {replicas{"0:1", "0:2", "7:2", "7:4"}, replicas{"0:3", "7:5", "7:6"}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
