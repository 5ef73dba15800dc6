package admin

import "time"

// Pace is how fast a plan is carried out.
type Pace struct {
	// Moves is how many partitions are copied at the same time.
	Moves int `json:"moves"`
	// Rate is what a broker may copy in bytes per second, 0 for no limit.
	Rate int64 `json:"rate,omitempty"`
}

// Limits bound a pace. A MaxRate of 0 means that nothing is throttled.
type Limits struct {
	MinMoves, MaxMoves int
	MinRate, MaxRate   int64
}

// Signal is how the cluster bears the work.
type Signal struct {
	// Latency is what clients see, Usual what they saw before; 0 if not known.
	Latency, Usual time.Duration
	// Short are partitions that have too few replicas in sync and that the work
	// is not about.
	Short int
}

// Clients' latency at which the pace is held, and at which it is halved, as
// percentages of the usual one.
const (
	holdAt = 130
	slowAt = 200
)

// Adapt is the next pace: a step faster for as long as clients notice nothing,
// the same when they begin to, half when they suffer, and the slowest when
// partitions are short of replicas.
func (p Pace) Adapt(l Limits, s Signal) Pace {
	strain := time.Duration(100)
	if s.Usual > 0 {
		strain = 100 * s.Latency / s.Usual
	}
	next := p
	switch {
	case s.Short > 0:
		next = Pace{Moves: l.MinMoves, Rate: l.MinRate}
	case strain >= slowAt:
		next.Moves, next.Rate = p.Moves/2, p.Rate/2
	case strain < holdAt:
		next.Moves, next.Rate = p.Moves+max(1, l.MaxMoves/10), p.Rate+max(1, l.MaxRate/10)
	}
	next.Moves = max(1, l.MinMoves, min(next.Moves, l.MaxMoves))
	next.Rate = max(l.MinRate, min(next.Rate, l.MaxRate))
	if l.MaxRate == 0 {
		next.Rate = 0
	}
	return next
}
