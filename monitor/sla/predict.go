package sla

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// Past is what the metrics of a workload asked for on one day: the most in each of
// its hours, -1 for those that were not seen.
type Past struct {
	// Day since 1970-01-01, by the prediction's time zone.
	Day   int64   `json:"day"`
	Peaks []int32 `json:"peaks"`
}

// The defaults of a prediction, and how many earlier days must have been seen at an
// hour to go by them.
const (
	defaultAhead = 10 * time.Minute
	defaultDays  = 7
	leastDays    = 2
)

// predictor is a prediction made ready for use.
type predictor struct {
	guide.Prediction
	zone *time.Location
}

func newPredictor(p *guide.Prediction) (*predictor, error) {
	if p == nil {
		return nil, nil
	}
	out := &predictor{Prediction: *p, zone: time.UTC}
	out.Ahead.Duration, out.Days = cmp.Or(p.Ahead.Duration, defaultAhead), cmp.Or(p.Days, defaultDays)
	if p.TimeZone != "" {
		zone, err := time.LoadLocation(p.TimeZone)
		if err != nil {
			return nil, fmt.Errorf("prediction: time zone %q is not known", p.TimeZone)
		}
		out.zone = zone
	}
	return out, nil
}

// hour is the day and hour that a time lies in, and when the next one begins.
func (p *predictor) hour(t time.Time) (day int64, hour int, end time.Time) {
	t = t.In(p.zone)
	y, m, d := t.Date()
	past := time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second + time.Duration(t.Nanosecond())
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400, t.Hour(), t.Add(time.Hour - past)
}

// remember notes what is asked for now. What is kept is bounded by the days that
// count, and shared with no other State.
func (p *predictor) remember(past []Past, now time.Time, replicas int32) []Past {
	today, hour, _ := p.hour(now)
	last := len(past) - 1
	if last >= 0 && past[last].Day == today && past[last].Peaks[hour] >= replicas {
		return past
	}
	kept := slices.DeleteFunc(slices.Clone(past), func(d Past) bool {
		return d.Day > today || d.Day < today-int64(p.Days) || len(d.Peaks) != 24
	})
	if n := len(kept); n == 0 || kept[n-1].Day != today {
		kept = append(kept, Past{today, slices.Repeat([]int32{-1}, 24)})
	}
	newest := &kept[len(kept)-1]
	newest.Peaks = slices.Clone(newest.Peaks)
	newest.Peaks[hour] = max(newest.Peaks[hour], replicas)
	return kept
}

// foresee is what earlier days have needed at this hour and at that which it is for.
// It wakes when there is another one.
func (p *predictor) foresee(past []Past, now time.Time) (replicas int32, until time.Time) {
	replicas = p.usual(past, now)
	replicas = max(replicas, p.usual(past, now.Add(p.Ahead.Duration)))
	_, _, end := p.hour(now.Add(p.Ahead.Duration))
	return replicas, end.Add(-p.Ahead.Duration).UTC()
}

// usual is what half of the earlier days have needed at the hour of a time, 0 where
// too few were seen. One day that was out of the ordinary does not count.
func (p *predictor) usual(past []Past, t time.Time) int32 {
	day, hour, _ := p.hour(t)
	var peaks []int32
	for _, d := range past {
		if d.Day < day && d.Day >= day-int64(p.Days) && len(d.Peaks) == 24 && d.Peaks[hour] >= 0 {
			peaks = append(peaks, d.Peaks[hour])
		}
	}
	if len(peaks) < leastDays {
		return 0
	}
	slices.Sort(peaks)
	return peaks[(len(peaks)-1)/2]
}

// predict raises a wish to what earlier days have needed, and remembers what this
// one does.
func (d *decider) predict(p *predictor, w *guide.Workload, wish *want, s *Scaling) {
	if p == nil {
		s.Past = nil
		return
	}
	if len(wish.missing) == 0 && d.noise(w, wish.replicas, 0) == "" {
		s.Past = p.remember(s.Past, d.now, wish.replicas)
	}
	n, until := p.foresee(s.Past, d.now)
	d.wake(until)
	if n <= wish.replicas {
		return
	}
	wish.replicas, wish.idle = n, false
	wish.why += fmt.Sprintf(" %d at this hour of earlier days", n)
}
