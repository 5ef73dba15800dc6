package admin

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/spotguide/spotguide/spotguides/kafka/plan"
)

// Group is a consumer group.
type Group struct {
	Name  string
	State string
	// Members are its consumers.
	Members []Member
	// Lag is how many records it is behind in each partition of the topics that it
	// reads; those whose offsets did not come are missing.
	Lag map[plan.ID]int64
	// Err is why the group could not be told in full.
	Err error
}

// Member is one consumer of a group.
type Member struct{ ID, ClientID, Host string }

// Total is the group's lag over all partitions.
func (g Group) Total() int64 {
	sum := int64(0)
	for _, lag := range g.Lag {
		sum += lag
	}
	return sum
}

// Groups are the consumer groups with their lag, sorted by name. What is wrong
// with one group is in its Err.
func (c *Client) Groups(ctx context.Context) ([]Group, error) {
	lags, err := ask(ctx, c, func(ctx context.Context) (kadm.DescribedGroupLags, error) { return c.admin.Lag(ctx) })
	var shards *kadm.ShardErrors
	if err != nil && (!errors.As(err, &shards) || shards.AllFailed) {
		return nil, fmt.Errorf("consumer groups: %w", err)
	}
	var groups []Group
	for _, l := range lags.Sorted() {
		g := Group{Name: l.Group, State: l.State, Lag: map[plan.ID]int64{}}
		if err := l.Error(); err != nil {
			g.Err = fmt.Errorf("group %s: %w", l.Group, err)
		}
		for _, m := range l.Members {
			g.Members = append(g.Members, Member{ID: m.MemberID, ClientID: m.ClientID, Host: m.ClientHost})
		}
		for _, p := range l.Lag.Sorted() {
			if p.Err == nil && p.Lag >= 0 {
				g.Lag[plan.ID{Topic: p.Topic, Partition: p.Partition}] = p.Lag
			}
		}
		groups = append(groups, g)
	}
	if err != nil {
		err = fmt.Errorf("consumer groups of some brokers: %w", err)
	}
	return groups, err
}
