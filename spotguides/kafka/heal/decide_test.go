package heal

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/spotguide/spotguide/spotguides/kafka/admin"
	"github.com/spotguide/spotguide/spotguides/kafka/plan"
)

// cluster is one of n brokers with partitions, each "1,2,3" for its replicas;
// brokers named in fenced are, and are in no partition in sync.
func cluster(n int32, fenced []int32, partitions ...string) admin.Observation {
	var o admin.Observation
	out := map[int32]bool{}
	for _, id := range fenced {
		out[id] = true
	}
	for id := int32(1); id <= n; id++ {
		o.Brokers = append(o.Brokers, admin.Broker{ID: id, Fenced: out[id]})
	}
	for i, text := range partitions {
		p := admin.Partition{ID: plan.ID{Topic: "t", Partition: int32(i)}, Leader: -1}
		for _, part := range strings.Split(text, ",") {
			var id int32
			if _, err := fmt.Sscan(part, &id); err != nil {
				panic(err)
			}
			p.Replicas = append(p.Replicas, id)
			if !out[id] {
				p.InSync = append(p.InSync, id)
			}
		}
		if len(p.InSync) > 0 {
			p.Leader = p.InSync[0]
		}
		o.Partitions = append(o.Partitions, p)
	}
	return o
}

func TestDecide(t *testing.T) {
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	policy := Policy{Gone: 5 * time.Minute, Forget: time.Hour, Settle: time.Minute, Imbalance: 1.2}
	draining := policy
	draining.Draining = []int32{3}
	led := cluster(3, nil, "1,2,3", "2,3,1", "3,1,2")
	led.Partitions[0].Leader = 2
	moving := cluster(4, []int32{4}, "1,2,4", "2,3,4", "3,1,4")
	moving.Partitions[0].Adding = []int32{2}
	gone := func(d time.Duration, ids ...int32) Memory {
		m := Memory{Gone: map[int32]time.Time{}}
		for _, id := range ids {
			m.Gone[id] = ago(d)
		}
		return m
	}
	tests := []struct {
		name   string
		policy Policy
		memory Memory
		seen   admin.Observation
		want   string // operation, who, and the beginning of the reason
	}{
		{"all is well", policy, Memory{Whole: ago(time.Hour)}, cluster(3, nil, "1,2,3", "2,3,1", "3,1,2"), " [] []: "},
		{"just gone", policy, Memory{}, cluster(4, []int32{4}, "1,2,4", "2,3,4", "3,1,4"), " [] []: "},
		{"gone for a while", policy, gone(4*time.Minute, 4), cluster(4, []int32{4}, "1,2,4", "2,3,4", "3,1,4"), " [] []: "},
		{"gone for too long", policy, gone(5*time.Minute, 4), cluster(4, []int32{4}, "1,2,4", "2,3,4", "3,1,4"), "repair [] []: brokers [4] are gone for longer than 5m0s"},
		{"gone and not registered", policy, gone(5*time.Minute, 9), cluster(3, nil, "1,2,9", "2,3,1"), "repair [] []: brokers [9]"},
		{"it came back in time", policy, gone(9*time.Minute, 4), cluster(4, nil, "1,2,4", "2,3,4", "3,1,4"), " [] []: "},
		{"half of all are gone", policy, gone(time.Hour, 3, 4), cluster(4, []int32{3, 4}, "1,2,4", "2,3,4", "3,1,4"), " [] []: brokers [3 4] are gone, half of all"},
		{"somebody moves replicas", policy, gone(time.Hour, 4), moving, " [] []: replicas are being moved"},
		{"it came back with nothing", policy, Memory{}, cluster(4, nil, "1,2,3", "2,3,1", "3,1,2"), "add [4] []: brokers [4] hold nothing"},
		{"too little for all", policy, Memory{}, cluster(4, nil, "1,2,3"), " [] []: "},
		{"to be emptied", draining, Memory{}, cluster(4, nil, "1,2,3", "2,4,1", "4,1,2"), "drain [] [3]: brokers [3] are to be emptied"},
		{"emptied", draining, Memory{}, cluster(4, nil, "1,2,4", "2,4,1", "4,1,2"), " [] []: "},
		{"nobody misses it", policy, gone(time.Hour, 4), cluster(4, []int32{4}, "1,2,3", "2,3,1", "3,1,2"), "forget 4: broker 4 holds nothing"},
		{"somebody may miss it", policy, gone(59*time.Minute, 4), cluster(4, []int32{4}, "1,2,3", "2,3,1", "3,1,2"), " [] []: "},
		{"uneven", policy, Memory{Whole: ago(time.Minute)}, cluster(3, nil, "1,2", "1,3", "1,2", "1,3"), "rebalance [] []: a broker holds 4 replicas, and 2.7 are fair"},
		{"uneven, and not whole for long", policy, Memory{Whole: ago(59 * time.Second)}, cluster(3, nil, "1,2", "1,3", "1,2", "1,3"), " [] []: "},
		{"uneven by one", policy, Memory{Whole: ago(time.Hour)}, cluster(2, nil, "1", "2", "1"), " [] []: "},
		{"led by others", policy, Memory{Whole: ago(time.Hour)}, led, "lead [] []: 1 of 3 partitions"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			w, _ := Decide(now, test.policy, test.memory, test.seen)
			got := fmt.Sprintf("%s %v %v: %s", w.Operation, w.New, w.Draining, w.Reason)
			if w.Forget {
				got = fmt.Sprintf("forget %d: %s", w.Unregister, w.Reason)
			}
			if !strings.HasPrefix(got, test.want) || strings.HasSuffix(test.want, ": ") && got != test.want {
				t.Errorf("got  %q\nwant %q", got, test.want)
			}
		})
	}
}

// How long a broker is gone, and since when all is well, is found out by looking.
func TestMemory(t *testing.T) {
	at := func(s int) time.Time { return time.Unix(int64(s), 0) }
	short, whole := cluster(4, []int32{4}, "1,2,4"), cluster(4, nil, "1,2,4")
	_, m := Decide(at(0), Policy{Gone: time.Hour}, Memory{}, whole)
	if !m.Whole.Equal(at(0)) || len(m.Gone) > 0 {
		t.Errorf("%+v", m)
	}
	_, m = Decide(at(10), Policy{Gone: time.Hour}, m, short)
	_, m = Decide(at(20), Policy{Gone: time.Hour}, m, short)
	if !m.Whole.IsZero() || !m.Gone[4].Equal(at(10)) {
		t.Errorf("%+v", m)
	}
	_, m = Decide(at(30), Policy{Gone: time.Hour}, m, whole)
	_, m = Decide(at(40), Policy{Gone: time.Hour}, m, whole)
	if !m.Whole.Equal(at(30)) || len(m.Gone) > 0 {
		t.Errorf("%+v", m)
	}
}
