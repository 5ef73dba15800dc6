package plan

import "fmt"

// Operation is what a plan is made for; the package's documentation tells them
// apart.
type Operation string

// The operations. Follow makes plans for assignments that somebody else chose.
const (
	Repair    Operation = "repair"
	Drain     Operation = "drain"
	Add       Operation = "add"
	Rebalance Operation = "rebalance"
	Replicate Operation = "replicate"
	Lead      Operation = "lead"
	Assign    Operation = "assign"
)

// Request asks for a plan. The zero values of its fields are good defaults.
type Request struct {
	Operation Operation `json:"operation"`
	// Replication says how many replicas the partitions of a topic are to have;
	// for Replicate.
	Replication map[string]int `json:"replication,omitempty"`
	Options
}

// Options are what plans are held to.
type Options struct {
	// Racks is how many racks a partition of as many replicas must span at
	// least; what cannot be put like that is refused. 0: as many as there are.
	Racks int `json:"racks,omitempty"`
	// Headroom is the share of a disk that is kept free, 0.2 unless given.
	Headroom float64 `json:"headroom,omitempty"`
	// Tolerance bounds the imbalance that is left alone.
	Tolerance Tolerance `json:"tolerance,omitzero"`
	// Bounds are those of one batch.
	Bounds Bounds `json:"bounds,omitzero"`
}

// Tolerance says, goal by goal, by which share of its fair one a broker's load
// may be above it. Counts are always left alone when they differ by one.
type Tolerance struct {
	Replicas float64 `json:"replicas,omitempty"` // 0 unless given
	Bytes    float64 `json:"bytes,omitempty"`    // 0.1 unless given
	Leaders  float64 `json:"leaders,omitempty"`  // 0 unless given
	Network  float64 `json:"network,omitempty"`  // 0.1 unless given
}

// Bounds are how much is done at the same time.
type Bounds struct {
	// PerBroker is how many partitions a broker may copy from or to at the same
	// time, 5 unless given.
	PerBroker int `json:"perBroker,omitempty"`
	// BytesPerBroker bounds what a broker sends or receives in a batch; a larger
	// partition goes alone. 0: no bound.
	BytesPerBroker int64 `json:"bytesPerBroker,omitempty"`
	// PerBatch bounds the partitions of a batch, 1000 unless given.
	PerBatch int `json:"perBatch,omitempty"`
}

const (
	defaultHeadroom  = 0.2
	defaultTolerance = 0.1
	defaultPerBroker = 5
	defaultPerBatch  = 1000
)

func (o Options) withDefaults() Options {
	if o.Headroom == 0 {
		o.Headroom = defaultHeadroom
	}
	if o.Tolerance.Bytes == 0 {
		o.Tolerance.Bytes = defaultTolerance
	}
	if o.Tolerance.Network == 0 {
		o.Tolerance.Network = defaultTolerance
	}
	if o.Bounds.PerBroker == 0 {
		o.Bounds.PerBroker = defaultPerBroker
	}
	if o.Bounds.PerBatch == 0 {
		o.Bounds.PerBatch = defaultPerBatch
	}
	return o
}

// validate tells what is wrong with options that have their defaults.
func (o Options) validate() error {
	switch t := o.Tolerance; {
	case o.Racks < 0:
		return fmt.Errorf("racks: %d is negative", o.Racks)
	case o.Headroom < 0 || o.Headroom >= 1:
		return fmt.Errorf("headroom: %g is not a share of a disk from 0 to below 1", o.Headroom)
	case t.Replicas < 0 || t.Bytes < 0 || t.Leaders < 0 || t.Network < 0:
		return fmt.Errorf("tolerance: no goal's can be negative")
	case o.Bounds.PerBroker < 0 || o.Bounds.PerBatch < 0 || o.Bounds.BytesPerBroker < 0:
		return fmt.Errorf("bounds: none can be negative")
	}
	return nil
}
