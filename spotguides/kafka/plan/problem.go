package plan

import "fmt"

// Kind is why something could not be planned.
type Kind string

// NoSource: every replica is on a dead broker, so there is nothing to copy.
// TooFewBrokers, TooFewRacks: fewer than the replicas need. NoSpace: the brokers
// that might take the replica would be filled beyond their headroom. Busy: a
// reassignment of the partition is under way. BelowMinimum: fewer replicas than
// min.insync.replicas. Misplaced: what was asked for breaks a hard goal.
// Unknown: there is no such topic, partition or broker.
const (
	NoSource      Kind = "no-source"
	TooFewBrokers Kind = "too-few-brokers"
	TooFewRacks   Kind = "too-few-racks"
	NoSpace       Kind = "no-space"
	Busy          Kind = "busy"
	BelowMinimum  Kind = "below-minimum"
	Misplaced     Kind = "misplaced"
	Unknown       Kind = "unknown"
)

// Problem is one thing that a plan leaves undone, with its reason. Partition
// and Broker are -1 where it is about none.
type Problem struct {
	Kind      Kind   `json:"kind"`
	Topic     string `json:"topic,omitempty"`
	Partition int32  `json:"partition"`
	Broker    int32  `json:"broker"`
	Reason    string `json:"reason"`
}

// Error names the partition and the broker and gives the reason.
func (p Problem) Error() string {
	where := ""
	switch {
	case p.Topic != "" && p.Partition >= 0:
		where = fmt.Sprintf("%s-%d", p.Topic, p.Partition)
	case p.Topic != "":
		where = "topic " + p.Topic
	}
	if p.Broker >= 0 {
		if where != "" {
			where += ", "
		}
		where += fmt.Sprintf("broker %d", p.Broker)
	}
	return where + ": " + p.Reason
}
