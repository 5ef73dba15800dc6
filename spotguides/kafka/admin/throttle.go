package admin

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"github.com/spotguide/spotguide/spotguides/kafka/plan"
)

// The settings that throttle replication: rates are brokers', replicas topics'.
const (
	leaderRate       = "leader.replication.throttled.rate"
	followerRate     = "follower.replication.throttled.rate"
	leaderReplicas   = "leader.replication.throttled.replicas"
	followerReplicas = "follower.replication.throttled.replicas"
)

// throttle bounds what a batch copies: only the replicas that it adds, so that
// those that merely follow are not slowed down. A rate of 0 bounds nothing.
func (c *Client) throttle(ctx context.Context, s State, moves []plan.Move) error {
	if s.Pace.Rate <= 0 {
		return nil
	}
	if err := c.setRates(ctx, s, moves, kadm.SetConfig); err != nil {
		return fmt.Errorf("throttle: %w", err)
	}
	if err := c.listThrottled(ctx, s, moves, throttled(moves)); err != nil {
		return fmt.Errorf("throttle: %w", err)
	}
	return nil
}

// clearThrottles removes every throttle that carrying out a plan has set.
func (c *Client) clearThrottles(ctx context.Context, s State) error {
	moves := s.moves()
	if len(moves) == 0 || s.Phase == Preparing {
		return nil
	}
	err := c.listThrottled(ctx, s, moves, nil)
	if err == nil {
		err = c.setRates(ctx, s, moves, kadm.DeleteConfig)
	}
	if err != nil {
		return fmt.Errorf("clear throttles: %w", err)
	}
	return nil
}

// setRates sets or deletes the rates of the brokers that moves are about. Those
// that somebody else had set stay.
func (c *Client) setRates(ctx context.Context, s State, moves []plan.Move, op kadm.IncrementalOp) error {
	alive, err := c.alive(ctx, moves)
	if err != nil {
		return err
	}
	value := strconv.FormatInt(s.Pace.Rate, 10)
	for _, name := range []string{leaderRate, followerRate} {
		ours := slices.DeleteFunc(slices.Clone(alive), func(id int32) bool { return !s.Throttles.free(id, name) })
		if len(ours) == 0 {
			continue
		}
		if err := c.alterBrokers(ctx, []kadm.AlterConfig{{Op: op, Name: name, Value: &value}}, ours); err != nil {
			return err
		}
	}
	return nil
}

// listThrottled makes these the plan's throttled replicas of the moves' topics.
// What others have listed stays.
func (c *Client) listThrottled(ctx context.Context, s State, moves []plan.Move, wanted map[string]replicaLists) error {
	topics := topicsOf(moves)
	now, err := c.throttledNow(ctx, topics)
	if err != nil {
		return err
	}
	ours := throttled(s.moves())
	for _, topic := range topics {
		before, is, next := s.Throttles.Topics[topic], now[topic], replicaLists{}
		next.Leaders = merge(is.Leaders, before.Leaders, ours[topic].Leaders, wanted[topic].Leaders)
		next.Followers = merge(is.Followers, before.Followers, ours[topic].Followers, wanted[topic].Followers)
		if slices.Equal(next.Leaders, is.Leaders) && slices.Equal(next.Followers, is.Followers) {
			continue
		}
		set := []kadm.AlterConfig{alterList(leaderReplicas, next.Leaders), alterList(followerReplicas, next.Followers)}
		if err := c.alterTopics(ctx, set, topic); err != nil {
			return err
		}
	}
	return nil
}

// throttled lists, by topic, the replicas that moves read from and write to.
func throttled(moves []plan.Move) map[string]replicaLists {
	lists := map[string]replicaLists{}
	for _, m := range moves {
		adding := m.Adding()
		if len(adding) == 0 {
			continue
		}
		l := lists[m.Topic]
		l.Leaders, l.Followers = l.Leaders.with(m.Partition, m.From), l.Followers.with(m.Partition, adding)
		lists[m.Topic] = l
	}
	return lists
}

// alive are the brokers of moves that are alive: others cannot be told
// anything, and copy nothing.
func (c *Client) alive(ctx context.Context, moves []plan.Move) ([]int32, error) {
	m, err := ask(ctx, c, c.admin.BrokerMetadata)
	if err != nil {
		return nil, fmt.Errorf("brokers alive: %w", err)
	}
	used := map[int32]bool{}
	for _, move := range moves {
		for _, id := range append(slices.Clone(move.From), move.To...) {
			used[id] = true
		}
	}
	maps.DeleteFunc(used, func(id int32, _ bool) bool {
		return !slices.ContainsFunc(m.Brokers, func(b kadm.BrokerDetail) bool { return b.NodeID == id })
	})
	return slices.Sorted(maps.Keys(used)), nil
}

func (c *Client) alterBrokers(ctx context.Context, set []kadm.AlterConfig, brokers []int32) error {
	answers, err := ask(ctx, c, func(ctx context.Context) (kadm.AlterConfigsResponses, error) {
		return c.admin.AlterBrokerConfigs(ctx, set, brokers...)
	})
	return refused("broker", answers, err)
}

func (c *Client) alterTopics(ctx context.Context, set []kadm.AlterConfig, topics ...string) error {
	answers, err := ask(ctx, c, func(ctx context.Context) (kadm.AlterConfigsResponses, error) {
		return c.admin.AlterTopicConfigs(ctx, set, topics...)
	})
	return refused("topic", answers, err)
}

// refused are the errors of answers; a topic that is no more needs no setting.
func refused(what string, answers kadm.AlterConfigsResponses, err error) error {
	problems := []error{err}
	for _, a := range answers {
		if a.Err != nil && !errors.Is(a.Err, kerr.UnknownTopicOrPartition) {
			problems = append(problems, fmt.Errorf("configure %s %s: %w: %s", what, a.Name, a.Err, a.ErrMessage))
		}
	}
	return errors.Join(problems...)
}
