package admin

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kadm"

	"github.com/spotguide/spotguide/spotguides/kafka/plan"
)

// Position is where a group of consumers is in a partition: the record that it
// consumes next, and the one that is written next.
type Position struct{ Next, End int64 }

// Lag is how many records are left.
func (p Position) Lag() int64 { return max(0, p.End-p.Next) }

// Consumed is how far a group is in a topic, or in all that it reads where none is
// named, and how many partitions these have. Partitions that the group has never
// committed are not in it: nobody knows where it would begin.
func (c *Client) Consumed(ctx context.Context, group, topic string) (consumed map[plan.ID]Position, partitions int, err error) {
	offsets, err := ask(ctx, c, func(ctx context.Context) (kadm.OffsetResponses, error) { return c.admin.FetchOffsets(ctx, group) })
	if err == nil {
		err = offsets.Error()
	}
	if err != nil {
		return nil, 0, fmt.Errorf("what group %s has consumed: %w", group, err)
	}
	committed := map[plan.ID]int64{}
	var topics kadm.TopicsSet
	offsets.Each(func(o kadm.OffsetResponse) {
		if (topic == "" || o.Topic == topic) && o.At >= 0 {
			committed[plan.ID{Topic: o.Topic, Partition: o.Partition}] = o.At
			topics.Add(o.Topic)
		}
	})
	if len(committed) == 0 {
		if topic != "" {
			return nil, 0, fmt.Errorf("group %s has consumed nothing of topic %s yet", group, topic)
		}
		return nil, 0, fmt.Errorf("group %s has consumed nothing yet", group)
	}
	ends, err := ask(ctx, c, func(ctx context.Context) (kadm.ListedOffsets, error) {
		return c.admin.ListEndOffsets(ctx, topics.Topics()...)
	})
	if err != nil {
		return nil, 0, fmt.Errorf("how far topics %v go: %w", topics.Topics(), err)
	}
	consumed = map[plan.ID]Position{}
	ends.Each(func(o kadm.ListedOffset) {
		partitions++
		id := plan.ID{Topic: o.Topic, Partition: o.Partition}
		next, known := committed[id]
		switch {
		case !known:
		case o.Err != nil:
			err = fmt.Errorf("how far %s-%d goes: %w", o.Topic, o.Partition, o.Err)
		default:
			consumed[id] = Position{Next: next, End: o.Offset}
		}
	})
	return consumed, partitions, err
}
