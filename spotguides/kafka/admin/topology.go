package admin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Topology is who writes and reads what.
type Topology struct {
	ClusterID string
	Topics    []Topic
	Groups    []Group
	// Grants are what principals may do with topics; none where the brokers have
	// no authorizer.
	Grants []Grant
	// Problems are what brokers did not tell.
	Problems []error
}

// Topic is a topic as its writers see it.
type Topic struct {
	Name       string
	Internal   bool
	Partitions int
	// Producers counts those that have written lately, as far as brokers can tell
	// them apart: idempotent and transactional ones, which is what current clients
	// are. Written is when one did last.
	Producers int
	Written   time.Time
}

// Grant allows a principal to read or write topics.
type Grant struct {
	Principal   string
	Read, Write bool
	// Topic is a name, "*", or the beginning of names where Prefix is set.
	Topic  string
	Prefix bool
}

// Covers tells whether a grant is about a topic.
func (g Grant) Covers(topic string) bool {
	return g.Topic == "*" || g.Topic == topic || g.Prefix && strings.HasPrefix(topic, g.Topic)
}

// Topology asks who writes and reads what.
func (c *Client) Topology(ctx context.Context) (Topology, error) {
	m, err := c.metadata(ctx)
	if err != nil {
		return Topology{}, err
	}
	t := Topology{ClusterID: m.Cluster}
	note := func(err error) {
		if err != nil {
			t.Problems = append(t.Problems, err)
		}
	}
	groups, err := c.Groups(ctx)
	note(err)
	t.Groups = groups
	t.Grants, err = c.grants(ctx)
	note(err)
	producers, err := c.producers(ctx, m.Topics)
	note(err)
	for _, topic := range m.Topics.Sorted() {
		one := Topic{Name: topic.Topic, Internal: topic.IsInternal, Partitions: len(topic.Partitions)}
		seen := map[int64]bool{}
		for _, p := range producers[topic.Topic].Partitions {
			for _, producer := range p.ActiveProducers {
				seen[producer.ProducerID] = true
				if at := time.UnixMilli(producer.LastTimestamp); at.After(one.Written) {
					one.Written = at
				}
			}
		}
		one.Producers = len(seen)
		t.Topics = append(t.Topics, one)
	}
	return t, nil
}

func (c *Client) producers(ctx context.Context, topics kadm.TopicDetails) (kadm.DescribedProducersTopics, error) {
	set := kadm.TopicsSet{}
	for _, topic := range topics {
		for _, p := range topic.Partitions {
			if !topic.IsInternal {
				set.Add(topic.Topic, p.Partition)
			}
		}
	}
	if len(set) == 0 {
		return nil, nil
	}
	found, err := ask(ctx, c, func(ctx context.Context) (kadm.DescribedProducersTopics, error) {
		return c.admin.DescribeProducers(ctx, set)
	})
	if err != nil {
		return found, fmt.Errorf("producers: %w", err)
	}
	return found, nil
}

// grants are the rules about topics that allow something.
func (c *Client) grants(ctx context.Context) ([]Grant, error) {
	request := kmsg.NewPtrDescribeACLsRequest()
	request.ResourceType, request.ResourcePatternType = kmsg.ACLResourceTypeTopic, kmsg.ACLResourcePatternTypeAny
	request.Operation, request.PermissionType = kmsg.ACLOperationAny, kmsg.ACLPermissionTypeAllow
	answer, err := ask(ctx, c, func(ctx context.Context) (*kmsg.DescribeACLsResponse, error) { return request.RequestWith(ctx, c.kgo) })
	if err == nil {
		err = kerr.ErrorForCode(answer.ErrorCode)
	}
	if errors.Is(err, kerr.SecurityDisabled) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("access control lists: %w", err)
	}
	var grants []Grant
	for _, r := range answer.Resources {
		for _, rule := range r.ACLs {
			g := Grant{Principal: rule.Principal, Topic: r.ResourceName, Prefix: r.ResourcePatternType == kmsg.ACLResourcePatternTypePrefixed}
			all := rule.Operation == kmsg.ACLOperationAll
			g.Read, g.Write = all || rule.Operation == kmsg.ACLOperationRead, all || rule.Operation == kmsg.ACLOperationWrite
			if g.Read || g.Write {
				grants = add(grants, g)
			}
		}
	}
	slices.SortFunc(grants, func(a, b Grant) int {
		return cmp.Or(strings.Compare(a.Principal, b.Principal), strings.Compare(a.Topic, b.Topic))
	})
	return grants, nil
}

// add joins what one principal may do with the same topics.
func add(grants []Grant, g Grant) []Grant {
	for i, other := range grants {
		if other.Principal == g.Principal && other.Topic == g.Topic && other.Prefix == g.Prefix {
			grants[i].Read, grants[i].Write = other.Read || g.Read, other.Write || g.Write
			return grants
		}
	}
	return append(grants, g)
}
