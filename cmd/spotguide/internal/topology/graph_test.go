package topology

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/spotguide/spotguide/cmd/spotguide/internal/table"
	"github.com/spotguide/spotguide/spotguides/kafka/admin"
	"github.com/spotguide/spotguide/spotguides/kafka/plan"
)

func shop() admin.Topology {
	at := func(topic string, n int32) plan.ID { return plan.ID{Topic: topic, Partition: n} }
	return admin.Topology{
		ClusterID: "abc",
		Topics: []admin.Topic{
			{Name: "__consumer_offsets", Internal: true, Partitions: 50},
			{Name: "bills", Partitions: 1, Producers: 1},
			{Name: "orders", Partitions: 3, Producers: 2, Written: time.Unix(100, 0)},
			{Name: "quiet", Partitions: 1},
		},
		Groups: []admin.Group{
			{Name: `b"ill`, State: "Stable", Members: []admin.Member{{ClientID: "biller", Host: "/10.0.0.1"}, {ClientID: "biller", Host: "/10.0.0.2"}},
				Lag: map[plan.ID]int64{at("orders", 0): 3, at("orders", 1): 4, at("__consumer_offsets", 0): 1}},
			{Name: "ship", State: "Empty", Lag: map[plan.ID]int64{at("orders", 0): 9}, Err: errors.New("one is missing")},
		},
		Grants: []admin.Grant{
			{Principal: "User:shop", Write: true, Topic: "ord", Prefix: true}, {Principal: "User:shop", Write: true, Topic: "orders"},
			{Principal: "User:audit", Read: true, Topic: "*"}, {Principal: "User:other", Write: true, Topic: "order"},
		},
	}
}

func TestText(t *testing.T) {
	var out strings.Builder
	if err := New(shop(), false).Text(&out, table.Look{}, time.Unix(160, 0)); err != nil {
		t.Fatal(err)
	}
	want := `TOPIC    PARTITIONS   WRITTEN BY                 LAST      GROUP   STATE    BEHIND   MEMBERS
bills    1            1 producer                 -         -       -        -        nobody reads it
orders   3            2 producers of User:shop   1m0s ago  b"ill   Stable   7        biller x2
orders   3            2 producers of User:shop   1m0s ago  ship    Empty    9
quiet    1            -                          -         -       -        -        nobody reads it
`
	if diff := cmp.Diff(strings.Join(strings.Fields(want), " "), strings.Join(strings.Fields(out.String()), " ")); diff != "" {
		t.Error(diff)
	}
}

func TestDot(t *testing.T) {
	var out strings.Builder
	if err := New(shop(), false).Dot(&out); err != nil {
		t.Fatal(err)
	}
	want := `digraph kafka {
  rankdir=LR;
  "topic bills" [shape=box, label="bills\n1 partitions"];
  "producers bills" [style=dashed, label="1 producer"];
  "producers bills" -> "topic bills";
  "topic orders" [shape=box, label="orders\n3 partitions"];
  "principal User:shop" [label="User:shop"];
  "principal User:shop" -> "topic orders";
  "topic orders" -> "group b\"ill" [label="7 behind"];
  "topic orders" -> "group ship" [label="9 behind"];
  "topic quiet" [shape=box, label="quiet\n1 partitions"];
  "group b\"ill" [shape=component, label="b\"ill\nStable\nbiller x2"];
  "group ship" [shape=component, label="ship\nEmpty"];
}
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestNew(t *testing.T) {
	g := New(shop(), true)
	if len(g.Topics) != 4 || g.Groups[0].Lag["__consumer_offsets"] != 1 || g.Groups[1].Error != "one is missing" {
		t.Errorf("%+v", g)
	}
	g = New(shop(), false)
	if diff := cmp.Diff([]string{"User:audit"}, g.Topics[0].Readers); diff != "" || len(g.Groups[0].Lag) != 1 {
		t.Errorf("%s %+v", diff, g)
	}
}
