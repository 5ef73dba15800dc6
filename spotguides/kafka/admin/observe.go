package admin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/spotguide/spotguide/spotguides/kafka/plan"
)

// Observation is a cluster as its brokers tell it.
type Observation struct {
	ClusterID string
	// Brokers are those registered, sorted by id.
	Brokers []Broker
	// Partitions are sorted by topic and number.
	Partitions []Partition
	Quorum     Quorum
	// Problems are what brokers did not tell, each with the broker's name.
	Problems []error
}

// Broker is one registered broker.
type Broker struct {
	ID      int32
	Address string
	Rack    string
	// Fenced brokers serve nobody: they are dead, or starting.
	Fenced bool
	// Dirs are its log directories; none when it did not tell.
	Dirs []LogDir
}

// LogDir is a broker's log directory.
type LogDir struct {
	Path string
	// Total and Usable are the volume's bytes, -1 when not known; Held is what
	// partitions take of it.
	Total, Usable, Held int64
	Cordoned            bool
	Err                 error
}

// Partition is one partition.
type Partition struct {
	plan.ID
	Replicas, InSync, Offline []int32
	Leader                    int32
	// Size is that of the leader's replica, or of the largest where it did not
	// tell, in bytes.
	Size      int64
	MinInSync int
	// Adding and Removing are a reassignment under way.
	Adding, Removing []int32
}

// Reassigning tells whether a reassignment is under way.
func (p Partition) Reassigning() bool { return len(p.Adding)+len(p.Removing) > 0 }

// Observe asks the cluster about itself. It fails only when nobody tells about
// the cluster as a whole.
func (c *Client) Observe(ctx context.Context) (Observation, error) {
	m, err := c.metadata(ctx)
	if err != nil {
		return Observation{}, err
	}
	// What begins or ends between two answers is taken for under way: its new
	// replicas would seem to be missing otherwise.
	begun, err := c.moving(ctx, nil)
	if err != nil {
		return Observation{}, err
	}
	if m, err = c.metadata(ctx); err != nil {
		return Observation{}, err
	}
	o := Observation{ClusterID: m.Cluster}
	if o.Brokers, err = c.brokers(ctx); err != nil {
		return Observation{}, err
	}
	var (
		all                  sync.WaitGroup
		moving               kadm.ListPartitionReassignmentsResponses
		minimum              map[string]int
		sizes                map[plan.ID]map[int32]int64
		problems             []error
		failed, unset, unled error
	)
	all.Go(func() { moving, failed = c.moving(ctx, nil) })
	all.Go(func() { minimum, unset = c.minInSync(ctx, m.Topics.Names()) })
	all.Go(func() { o.Quorum, unled = c.quorum(ctx) })
	all.Go(func() { sizes, problems = c.sizes(ctx, o.Brokers) })
	all.Wait()
	if failed != nil {
		return Observation{}, failed
	}
	o.Problems = slices.DeleteFunc(append(problems, unset, unled), func(err error) bool { return err == nil })
	m.Topics.EachPartition(func(p kadm.PartitionDetail) {
		id := plan.ID{Topic: p.Topic, Partition: p.Partition}
		underway, is := moving[p.Topic][p.Partition]
		if !is {
			underway = begun[p.Topic][p.Partition]
		}
		o.Partitions = append(o.Partitions, Partition{ID: id, Replicas: p.Replicas, InSync: p.ISR, Offline: p.OfflineReplicas,
			Leader: p.Leader, Size: size(sizes[id], p.Leader), MinInSync: minimum[p.Topic],
			Adding: underway.AddingReplicas, Removing: underway.RemovingReplicas})
	})
	slices.SortFunc(o.Partitions, func(a, b Partition) int { return a.Compare(b.ID) })
	return o, nil
}

// moving are the reassignments under way, of these partitions or of all. The
// library would ask for none where none is named.
func (c *Client) moving(ctx context.Context, of kadm.TopicsSet) (kadm.ListPartitionReassignmentsResponses, error) {
	request := kmsg.NewPtrListPartitionReassignmentsRequest()
	for topic, partitions := range of {
		one := kmsg.NewListPartitionReassignmentsRequestTopic()
		one.Topic = topic
		for p := range partitions {
			one.Partitions = append(one.Partitions, p)
		}
		request.Topics = append(request.Topics, one)
	}
	answer, err := ask(ctx, c, func(ctx context.Context) (*kmsg.ListPartitionReassignmentsResponse, error) {
		return request.RequestWith(ctx, forwarded{c.kgo})
	})
	if err == nil {
		err = kerr.ErrorForCode(answer.ErrorCode)
	}
	if err != nil {
		return nil, fmt.Errorf("reassignments under way: %w", err)
	}
	moving := kadm.ListPartitionReassignmentsResponses{}
	for _, topic := range answer.Topics {
		moving[topic.Topic] = map[int32]kadm.ListPartitionReassignmentsResponse{}
		for _, p := range topic.Partitions {
			moving[topic.Topic][p.Partition] = kadm.ListPartitionReassignmentsResponse{Topic: topic.Topic, Partition: p.Partition,
				Replicas: p.Replicas, AddingReplicas: p.AddingReplicas, RemovingReplicas: p.RemovingReplicas}
		}
	}
	return moving, nil
}

// brokers are those registered, fenced ones included.
func (c *Client) brokers(ctx context.Context) ([]Broker, error) {
	request := kmsg.NewPtrDescribeClusterRequest()
	request.IncludeFencedBrokers = true
	answer, err := ask(ctx, c, func(ctx context.Context) (*kmsg.DescribeClusterResponse, error) {
		return request.RequestWith(ctx, c.kgo)
	})
	if err == nil {
		err = kerr.ErrorForCode(answer.ErrorCode)
	}
	if err != nil {
		return nil, fmt.Errorf("registered brokers: %w", err)
	}
	var brokers []Broker
	for _, b := range answer.Brokers {
		found := Broker{ID: b.NodeID, Address: b.Host + ":" + strconv.Itoa(int(b.Port)), Fenced: b.IsFenced}
		if b.Rack != nil {
			found.Rack = *b.Rack
		}
		brokers = append(brokers, found)
	}
	slices.SortFunc(brokers, func(a, b Broker) int { return cmp.Compare(a.ID, b.ID) })
	return brokers, nil
}

// sizes asks every broker that is not fenced for its log directories, all at
// the same time, fills them in, and returns the size of each replica by broker.
func (c *Client) sizes(ctx context.Context, brokers []Broker) (map[plan.ID]map[int32]int64, []error) {
	answers, problems := make([]kadm.DescribedLogDirs, len(brokers)), make([]error, len(brokers))
	var all sync.WaitGroup
	for i := range brokers {
		if b := &brokers[i]; !b.Fenced {
			all.Go(func() {
				answer, err := ask(ctx, c, func(ctx context.Context) (kadm.DescribedLogDirs, error) {
					return c.admin.DescribeBrokerLogDirs(ctx, b.ID, nil)
				})
				if answers[i] = answer; err != nil {
					problems[i] = fmt.Errorf("log directories of broker %d (%s): %w", b.ID, b.Address, err)
				}
			})
		}
	}
	all.Wait()
	sizes := map[plan.ID]map[int32]int64{}
	for i := range brokers {
		for _, dir := range answers[i].Sorted() {
			brokers[i].Dirs = append(brokers[i].Dirs, LogDir{Path: dir.Dir, Total: dir.TotalBytes, Usable: dir.UsableBytes,
				Held: dir.Size(), Cordoned: dir.IsCordoned, Err: dir.Err})
			dir.Topics.Each(func(p kadm.DescribedLogDirPartition) {
				id := plan.ID{Topic: p.Topic, Partition: p.Partition}
				if sizes[id] == nil {
					sizes[id] = map[int32]int64{}
				}
				if !p.IsFuture {
					sizes[id][brokers[i].ID] = p.Size
				}
			})
		}
	}
	return sizes, slices.DeleteFunc(problems, func(err error) bool { return err == nil })
}

func size(byBroker map[int32]int64, leader int32) int64 {
	if s, told := byBroker[leader]; told {
		return s
	}
	largest := int64(0)
	for _, s := range byBroker {
		largest = max(largest, s)
	}
	return largest
}

// minInSync is min.insync.replicas by topic.
func (c *Client) minInSync(ctx context.Context, topics []string) (map[string]int, error) {
	minimum := map[string]int{}
	if len(topics) == 0 {
		return minimum, nil
	}
	configs, err := ask(ctx, c, func(ctx context.Context) (kadm.ResourceConfigs, error) {
		return c.admin.DescribeTopicConfigs(ctx, topics...)
	})
	if err != nil {
		return minimum, fmt.Errorf("configuration of topics: %w", err)
	}
	var problems []error
	for _, topic := range configs {
		if topic.Err != nil && !errors.Is(topic.Err, kerr.UnknownTopicOrPartition) {
			problems = append(problems, fmt.Errorf("configuration of topic %s: %w", topic.Name, topic.Err))
		}
		for _, config := range topic.Configs {
			if config.Key == "min.insync.replicas" {
				minimum[topic.Name], _ = strconv.Atoi(config.MaybeValue())
			}
		}
	}
	return minimum, errors.Join(problems...)
}
