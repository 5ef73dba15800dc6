package admin

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// Quorum is the controllers' quorum.
type Quorum struct {
	// Leader is the active controller, -1 for none.
	Leader int32
	Voters []Voter
}

// Voter is one controller and by how many records it is behind the leader, -1
// when that is not known.
type Voter struct {
	ID  int32
	Lag int64
}

func (c *Client) quorum(ctx context.Context) (Quorum, error) {
	q := Quorum{Leader: -1}
	request := kmsg.NewPtrDescribeQuorumRequest()
	topic := kmsg.NewDescribeQuorumRequestTopic()
	topic.Topic = "__cluster_metadata"
	topic.Partitions = append(topic.Partitions, kmsg.NewDescribeQuorumRequestTopicPartition())
	request.Topics = append(request.Topics, topic)
	answer, err := ask(ctx, c, func(ctx context.Context) (*kmsg.DescribeQuorumResponse, error) {
		return request.RequestWith(ctx, forwarded{c.kgo})
	})
	if err == nil {
		err = kerr.ErrorForCode(answer.ErrorCode)
	}
	if err == nil && (len(answer.Topics) == 0 || len(answer.Topics[0].Partitions) == 0) {
		err = errors.New("the answer is empty")
	}
	if err == nil {
		err = kerr.ErrorForCode(answer.Topics[0].Partitions[0].ErrorCode)
	}
	if err != nil {
		return q, fmt.Errorf("quorum of the controllers: %w", err)
	}
	p := answer.Topics[0].Partitions[0]
	q.Leader = p.LeaderID
	end := int64(-1)
	for _, v := range p.CurrentVoters {
		if v.ReplicaID == p.LeaderID {
			end = v.LogEndOffset
		}
	}
	for _, v := range p.CurrentVoters {
		lag := int64(-1)
		if end >= 0 && v.LogEndOffset >= 0 {
			lag = max(0, end-v.LogEndOffset)
		}
		q.Voters = append(q.Voters, Voter{ID: v.ReplicaID, Lag: lag})
	}
	return q, nil
}
