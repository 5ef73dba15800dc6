package objective

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"time"
)

// MaxBuckets bounds the memory of one objective.
const MaxBuckets = 250

// age is how many times older than wide a bucket has to be, and finest how many
// of the narrowest a window has.
const (
	age    = 8
	finest = 43200 // minutes of 30 days
)

// State is what an objective remembers. The zero State knows nothing. It is a
// value: Look never changes the one it was given.
type State struct {
	// Of is what was measured: a state of something else is worth nothing.
	Of string `json:"of"`
	// Since is when it was first looked at, and Looked when last.
	Since  time.Time `json:"since"`
	Looked time.Time `json:"looked"`
	// Buckets hold what was counted, oldest first.
	Buckets []Bucket `json:"buckets,omitempty"`
	// Alerts are those of burn rates, in their order, and Spent that of the budget.
	Alerts []Alert `json:"alerts,omitempty"`
	Spent  bool    `json:"spent,omitempty"`
	// Figures are what the last look gave.
	Figures Figures `json:"figures"`
}

// Alert of a burn rate.
type Alert struct {
	On bool `json:"on,omitempty"`
	// Quiet is since when one that is on has been below its factor.
	Quiet time.Time `json:"quiet,omitzero"`
}

// Bucket is what was counted in a time. In JSON it is an array of its numbers,
// times in milliseconds.
type Bucket struct {
	From, To   time.Time
	Known      time.Duration // of the time, what was counted at all
	Bad, Total float64
}

// MarshalJSON implements json.Marshaler.
func (b Bucket) MarshalJSON() ([]byte, error) {
	return json.Marshal([]json.Number{
		whole(b.From.UnixMilli()), whole(b.To.UnixMilli()), whole(b.Known.Milliseconds()), short(b.Bad), short(b.Total),
	})
}

func whole(n int64) json.Number { return json.Number(strconv.FormatInt(n, 10)) }

func short(f float64) json.Number { return json.Number(strconv.FormatFloat(f, 'g', 8, 64)) }

// UnmarshalJSON implements json.Unmarshaler.
func (b *Bucket) UnmarshalJSON(text []byte) error {
	var n [5]float64
	if err := json.Unmarshal(text, &n); err != nil {
		return err
	}
	*b = Bucket{
		From: time.UnixMilli(int64(n[0])).UTC(), To: time.UnixMilli(int64(n[1])).UTC(),
		Known: time.Duration(n[2]) * time.Millisecond, Bad: n[3], Total: n[4],
	}
	return nil
}

// merge puts together what lies side by side, as it has aged, and drops what lies
// before the window. The result is new.
func merge(now time.Time, window time.Duration, buckets []Bucket) []Bucket {
	narrow := max(window/finest, time.Second)
	var out []Bucket
	for _, b := range buckets {
		if !b.To.After(now.Add(-window)) || b.To.After(now) {
			continue
		}
		if n := len(out); n > 0 {
			last := &out[n-1]
			width := b.To.Sub(last.From)
			if width <= max(narrow, now.Sub(b.To)/age) {
				last.To, last.Known, last.Bad, last.Total = b.To, last.Known+b.Known, last.Bad+b.Bad, last.Total+b.Total
				continue
			}
		}
		out = append(out, b)
	}
	if extra := len(out) - MaxBuckets; extra > 0 {
		out = slices.Delete(out, 0, extra)
	}
	return out
}

// sums are what was counted in the time before now; a bucket that began before it
// counts by its share.
func sums(now time.Time, span time.Duration, buckets []Bucket) (known time.Duration, bad, total float64) {
	from := now.Add(-span)
	for _, b := range buckets {
		if !b.To.After(from) || !b.To.After(b.From) {
			continue
		}
		share := 1.0
		if b.From.Before(from) {
			share = float64(b.To.Sub(from)) / float64(b.To.Sub(b.From))
		}
		known += time.Duration(share * float64(b.Known))
		bad, total = bad+share*b.Bad, total+share*b.Total
	}
	return known, bad, total
}

// digits that a figure is kept to.
func rounded(v float64) *float64 {
	if math.Abs(v) < 1e9 {
		v = math.Round(v*1e4) / 1e4
	}
	return &v
}
