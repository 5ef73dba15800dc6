package admin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

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
func (c *Client) throttle(ctx context.Context, moves []plan.Move, rate int64) error {
	if rate <= 0 {
		return nil
	}
	brokers, err := c.alive(ctx, moves)
	if err != nil {
		return err
	}
	value := strconv.FormatInt(rate, 10)
	set := []kadm.AlterConfig{{Op: kadm.SetConfig, Name: leaderRate, Value: &value}, {Op: kadm.SetConfig, Name: followerRate, Value: &value}}
	if err := c.alterBrokers(ctx, set, brokers); err != nil {
		return fmt.Errorf("throttle: %w", err)
	}
	for topic, lists := range throttled(moves) {
		set := []kadm.AlterConfig{{Op: kadm.SetConfig, Name: leaderReplicas, Value: &lists.leaders}, {Op: kadm.SetConfig, Name: followerReplicas, Value: &lists.followers}}
		if err := c.alterTopics(ctx, set, topic); err != nil {
			return fmt.Errorf("throttle: %w", err)
		}
	}
	return nil
}

type throttledReplicas struct{ leaders, followers string }

// throttled lists, by topic, the replicas that a batch reads from and writes to.
func throttled(moves []plan.Move) map[string]throttledReplicas {
	leaders, followers := map[string][]string{}, map[string][]string{}
	for _, m := range moves {
		if len(m.Adding()) == 0 {
			continue
		}
		for _, id := range m.From {
			leaders[m.Topic] = append(leaders[m.Topic], fmt.Sprintf("%d:%d", m.Partition, id))
		}
		for _, id := range m.Adding() {
			followers[m.Topic] = append(followers[m.Topic], fmt.Sprintf("%d:%d", m.Partition, id))
		}
	}
	lists := map[string]throttledReplicas{}
	for topic := range leaders {
		lists[topic] = throttledReplicas{strings.Join(leaders[topic], ","), strings.Join(followers[topic], ",")}
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
	var ids []int32
	for _, b := range m.Brokers {
		if slices.ContainsFunc(moves, func(m plan.Move) bool { return slices.Contains(m.From, b.NodeID) || slices.Contains(m.To, b.NodeID) }) {
			ids = append(ids, b.NodeID)
		}
	}
	return ids, nil
}

// clearThrottles removes every throttle that carrying out a plan may have set.
func (c *Client) clearThrottles(ctx context.Context, p plan.Plan) error {
	var moves []plan.Move
	for _, b := range p.Batches {
		moves = append(moves, b.Moves...)
	}
	if len(moves) == 0 {
		return nil
	}
	if err := c.clearTopicThrottles(ctx, topicsOf(moves)); err != nil {
		return err
	}
	brokers, err := c.alive(ctx, moves)
	if err == nil {
		err = c.alterBrokers(ctx, []kadm.AlterConfig{{Op: kadm.DeleteConfig, Name: leaderRate}, {Op: kadm.DeleteConfig, Name: followerRate}}, brokers)
	}
	if err != nil {
		return fmt.Errorf("clear throttles: %w", err)
	}
	return nil
}

func (c *Client) clearTopicThrottles(ctx context.Context, topics []string) error {
	none := []kadm.AlterConfig{{Op: kadm.DeleteConfig, Name: leaderReplicas}, {Op: kadm.DeleteConfig, Name: followerReplicas}}
	if err := c.alterTopics(ctx, none, topics...); err != nil {
		return fmt.Errorf("clear throttles: %w", err)
	}
	return nil
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
