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
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/spotguide/spotguide/spotguides/kafka/plan"
)

// Throttles are those that others had set before a plan began. They are kept
// while it is carried out, and after it.
type Throttles struct {
	// Topics are the throttled replicas of topics that have any.
	Topics map[string]replicaLists `json:"topics,omitempty"`
	// Brokers are the rates that brokers have of their own. One that is missing
	// was not alive then, and is not throttled.
	Brokers map[int32][]string `json:"brokers,omitempty"`
}

// free tells whether nobody else has set this rate of a broker.
func (t Throttles) free(broker int32, rate string) bool {
	set, known := t.Brokers[broker]
	return known && !slices.Contains(set, rate)
}

// replicaLists are a topic's throttled replicas.
type replicaLists struct {
	Leaders   replicas `json:"leaders,omitempty"`
	Followers replicas `json:"followers,omitempty"`
}

// replicas are some of a topic's, each as partition:broker, or "*" for all.
type replicas []string

func (r replicas) with(partition int32, brokers []int32) replicas {
	for _, id := range brokers {
		r = append(r, strconv.Itoa(int(partition))+":"+strconv.Itoa(int(id)))
	}
	return r
}

func parseReplicas(value string) replicas {
	return slices.DeleteFunc(strings.Split(value, ","), func(one string) bool { return strings.TrimSpace(one) == "" })
}

// merge is what a list becomes that is now so, of which before is somebody
// else's and ours the plan's, where the plan wants these.
func merge(now, before, ours, want replicas) replicas {
	if slices.Contains(now, "*") {
		return now
	}
	mine, theirs, there := set(ours), set(before), map[string]bool{}
	var next replicas
	for _, one := range now {
		if theirs[one] || !mine[one] {
			next, there[one] = append(next, one), true
		}
	}
	for _, one := range want {
		if !there[one] {
			next = append(next, one)
		}
	}
	return next
}

func set(r replicas) map[string]bool {
	all := make(map[string]bool, len(r))
	for _, one := range r {
		all[one] = true
	}
	return all
}

func alterList(name string, r replicas) kadm.AlterConfig {
	if len(r) == 0 {
		return kadm.AlterConfig{Op: kadm.DeleteConfig, Name: name}
	}
	value := strings.Join(r, ",")
	return kadm.AlterConfig{Op: kadm.SetConfig, Name: name, Value: &value}
}

// throttlesBefore are those that there are before a plan sets its own.
func (c *Client) throttlesBefore(ctx context.Context, moves []plan.Move) (Throttles, error) {
	topics, err := c.throttledNow(ctx, topicsOf(moves))
	if err != nil {
		return Throttles{}, err
	}
	t := Throttles{Topics: topics, Brokers: map[int32][]string{}}
	alive, err := c.alive(ctx, moves)
	if err != nil || len(alive) == 0 {
		return t, err
	}
	configs, err := ask(ctx, c, func(ctx context.Context) (kadm.ResourceConfigs, error) {
		return c.admin.DescribeBrokerConfigs(ctx, alive...)
	})
	if err != nil {
		return t, fmt.Errorf("configuration of brokers: %w", err)
	}
	for _, broker := range configs {
		id, err := strconv.ParseInt(broker.Name, 10, 32)
		if err != nil || broker.Err != nil {
			return t, fmt.Errorf("configuration of broker %s: %w", broker.Name, errors.Join(err, broker.Err))
		}
		t.Brokers[int32(id)] = []string{}
		for _, config := range broker.Configs {
			if (config.Key == leaderRate || config.Key == followerRate) && config.Source == kmsg.ConfigSourceDynamicBrokerConfig {
				t.Brokers[int32(id)] = append(t.Brokers[int32(id)], config.Key)
			}
		}
	}
	return t, nil
}

// throttledNow are the throttled replicas of those topics that have any.
func (c *Client) throttledNow(ctx context.Context, topics []string) (map[string]replicaLists, error) {
	lists := map[string]replicaLists{}
	if len(topics) == 0 { // none would mean all
		return lists, nil
	}
	configs, err := ask(ctx, c, func(ctx context.Context) (kadm.ResourceConfigs, error) {
		return c.admin.DescribeTopicConfigs(ctx, topics...)
	})
	if err != nil {
		return nil, fmt.Errorf("configuration of topics: %w", err)
	}
	for _, topic := range configs {
		if topic.Err != nil && !errors.Is(topic.Err, kerr.UnknownTopicOrPartition) {
			return nil, fmt.Errorf("configuration of topic %s: %w", topic.Name, topic.Err)
		}
		var l replicaLists
		for _, config := range topic.Configs {
			switch config.Key {
			case leaderReplicas:
				l.Leaders = parseReplicas(config.MaybeValue())
			case followerReplicas:
				l.Followers = parseReplicas(config.MaybeValue())
			}
		}
		if len(l.Leaders)+len(l.Followers) > 0 {
			lists[topic.Name] = l
		}
	}
	return lists, nil
}
