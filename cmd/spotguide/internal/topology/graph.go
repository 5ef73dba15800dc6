// Package topology shows who writes and reads the topics of a Kafka cluster.
package topology

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spotguide/spotguide/cmd/spotguide/internal/table"
	"github.com/spotguide/spotguide/spotguides/kafka/admin"
)

// Graph is a topology as it is written as JSON.
type Graph struct {
	Cluster string  `json:"cluster"`
	Topics  []Topic `json:"topics"`
	Groups  []Group `json:"groups"`
}

// Topic is one topic with those that may write and read it.
type Topic struct {
	Name       string `json:"name"`
	Partitions int    `json:"partitions"`
	// Producers have written lately; Written is when one did last.
	Producers int        `json:"producers"`
	Written   *time.Time `json:"written,omitempty"`
	// Writers and Readers are principals that may.
	Writers []string `json:"writers"`
	Readers []string `json:"readers"`
}

// Group is one consumer group.
type Group struct {
	Name    string   `json:"name"`
	State   string   `json:"state"`
	Members []Member `json:"members"`
	// Lag is how many records it is behind, by topic.
	Lag   map[string]int64 `json:"lag"`
	Error string           `json:"error,omitempty"`
}

// Member is one consumer.
type Member struct {
	ClientID string `json:"clientId"`
	Host     string `json:"host"`
}

// New makes a graph; Kafka's own topics are in it where internal is set.
func New(t admin.Topology, internal bool) Graph {
	g := Graph{Cluster: t.ClusterID, Topics: []Topic{}, Groups: []Group{}}
	shown := map[string]bool{}
	for _, topic := range t.Topics {
		if topic.Internal && !internal {
			continue
		}
		shown[topic.Name] = true
		one := Topic{Name: topic.Name, Partitions: topic.Partitions, Producers: topic.Producers, Writers: []string{}, Readers: []string{}}
		if !topic.Written.IsZero() {
			at := topic.Written.UTC()
			one.Written = &at
		}
		for _, grant := range t.Grants {
			if !grant.Covers(topic.Name) {
				continue
			}
			if grant.Write && !slices.Contains(one.Writers, grant.Principal) {
				one.Writers = append(one.Writers, grant.Principal)
			}
			if grant.Read && !slices.Contains(one.Readers, grant.Principal) {
				one.Readers = append(one.Readers, grant.Principal)
			}
		}
		g.Topics = append(g.Topics, one)
	}
	for _, group := range t.Groups {
		one := Group{Name: group.Name, State: group.State, Members: []Member{}, Lag: map[string]int64{}}
		if group.Err != nil {
			one.Error = group.Err.Error()
		}
		for _, m := range group.Members {
			one.Members = append(one.Members, Member{ClientID: m.ClientID, Host: m.Host})
		}
		for id, lag := range group.Lag {
			if shown[id.Topic] {
				one.Lag[id.Topic] += lag
			}
		}
		g.Groups = append(g.Groups, one)
	}
	return g
}

// readers are the groups that read a topic.
func (g Graph) readers(topic string) (groups []Group) {
	for _, group := range g.Groups {
		if _, reads := group.Lag[topic]; reads {
			groups = append(groups, group)
		}
	}
	return groups
}

// Text writes a line for each topic and group that reads it.
func (g Graph) Text(w io.Writer, look table.Look, now time.Time) error {
	t := table.Table{Header: []string{"TOPIC", "PARTITIONS", "WRITTEN BY", "LAST", "GROUP", "STATE", "BEHIND", "MEMBERS"}}
	for _, topic := range g.Topics {
		head := []table.Cell{{Text: topic.Name}, {Text: fmt.Sprint(topic.Partitions)}, {Text: topic.writtenBy()}, {Text: topic.last(now)}}
		groups := g.readers(topic.Name)
		if len(groups) == 0 {
			t.Rows = append(t.Rows, append(head, table.Cell{}, table.Cell{}, table.Cell{}, table.Cell{Text: "nobody reads it", Style: table.Faint}))
		}
		for _, group := range groups {
			style := table.Good
			if len(group.Members) == 0 {
				style = table.Careful
			}
			t.Rows = append(t.Rows, append(slices.Clone(head), table.Cell{Text: group.Name}, table.Cell{Text: group.State, Style: style},
				table.Cell{Text: fmt.Sprint(group.Lag[topic.Name])}, table.Cell{Text: group.members()}))
		}
	}
	return t.Write(w, look)
}

func (t Topic) writtenBy() string {
	if t.Producers == 0 && len(t.Writers) == 0 {
		return ""
	}
	text := fmt.Sprintf("%d producers", t.Producers)
	if t.Producers == 1 {
		text = "1 producer"
	}
	if len(t.Writers) > 0 {
		text += " of " + strings.Join(t.Writers, ", ")
	}
	return text
}

func (t Topic) last(now time.Time) string {
	if t.Written == nil {
		return ""
	}
	return now.Sub(*t.Written).Round(time.Second).String() + " ago"
}

// members are a group's client ids, with how many have it.
func (g Group) members() string {
	count := map[string]int{}
	var ids []string
	for _, m := range g.Members {
		if count[m.ClientID]++; count[m.ClientID] == 1 {
			ids = append(ids, m.ClientID)
		}
	}
	slices.Sort(ids)
	for i, id := range ids {
		if n := count[id]; n > 1 {
			ids[i] = fmt.Sprintf("%s x%d", id, n)
		}
	}
	return strings.Join(ids, ", ")
}
