package admin

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// probes is how often a broker is asked for one latency: the middle answer
// counts, so that one that was unlucky does not.
const probes = 3

// Latency is how long the slowest broker takes to tell the end of a partition
// that it leads: it waits in the same queues as clients' requests, and for the
// same disks. A broker that leads nothing is not asked, and one that does not
// answer counts with the whole timeout. It is 0 where nobody leads anything.
func (c *Client) Latency(ctx context.Context) (time.Duration, error) {
	m, err := c.metadata(ctx)
	if err != nil {
		return 0, err
	}
	led := map[int32]kadm.PartitionDetail{}
	m.Topics.EachPartition(func(p kadm.PartitionDetail) {
		if _, has := led[p.Leader]; !has && p.Leader >= 0 {
			led[p.Leader] = p
		}
	})
	var mu sync.Mutex
	var all sync.WaitGroup
	slowest := time.Duration(0)
	for broker, p := range led {
		all.Go(func() {
			took := c.probe(ctx, broker, p)
			mu.Lock()
			defer mu.Unlock()
			slowest = max(slowest, took)
		})
	}
	all.Wait()
	return slowest, ctx.Err()
}

func (c *Client) probe(ctx context.Context, broker int32, p kadm.PartitionDetail) time.Duration {
	var took []time.Duration
	for range probes {
		partition := kmsg.NewListOffsetsRequestTopicPartition()
		partition.Partition, partition.Timestamp, partition.CurrentLeaderEpoch = p.Partition, -1, -1
		topic := kmsg.NewListOffsetsRequestTopic()
		topic.Topic, topic.Partitions = p.Topic, append(topic.Partitions, partition)
		request := kmsg.NewPtrListOffsetsRequest()
		request.ReplicaID, request.Topics = -1, append(request.Topics, topic)
		start := time.Now()
		if _, err := ask(ctx, c, func(ctx context.Context) (kmsg.Response, error) {
			return c.kgo.Broker(int(broker)).Request(ctx, request)
		}); err != nil {
			return c.config.Timeout
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	return took[len(took)/2]
}
