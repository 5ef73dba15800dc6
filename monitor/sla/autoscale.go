package sla

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// RuleAutoscaling is what actions of the autoscaling name as their rule.
const RuleAutoscaling = "autoscaling"

// The defaults of an autoscaling.
const (
	defaultTolerance     = 10 // percent
	defaultStabilization = 5 * time.Minute
	defaultUpCooldown    = 15 * time.Second
	defaultDownCooldown  = time.Minute
	defaultManual        = time.Hour
	leastUpStep          = 4
	// takes is how long a number may take to be seen after it was set.
	takes = 30 * time.Second
)

// autoscaler is an autoscaling made ready for use.
type autoscaler struct {
	guide.Autoscaling
	hours     []guide.Hours // of the schedules
	predictor *predictor    // nil for none
}

// newAutoscaler fills in the defaults.
func newAutoscaler(a guide.Autoscaling) (*autoscaler, error) {
	out := &autoscaler{Autoscaling: a}
	for _, s := range a.Schedules {
		h, err := s.Hours()
		if err != nil {
			return nil, fmt.Errorf("schedule %q: %w", s.Name, err)
		}
		out.hours = append(out.hours, h)
	}
	var err error
	if out.predictor, err = newPredictor(a.Predict); err != nil {
		return nil, err
	}
	or := func(d *time.Duration, fallback time.Duration) {
		if *d <= 0 {
			*d = fallback
		}
	}
	or(&out.Up.Cooldown.Duration, defaultUpCooldown)
	or(&out.Down.Cooldown.Duration, defaultDownCooldown)
	or(&out.Manual.Duration, defaultManual)
	return out, nil
}

// want is what the metrics and schedules ask for.
type want struct {
	replicas int32
	least    int32 // the bound below, by minReplicas and schedules
	idle     bool  // there is nothing to do, so it may be none
	missing  []string
	limit    string // why more replicas would be of no use
	why      string
}

// wanted looks at schedules and metrics. What is not known asks for nothing, and
// keeps what there is from being lowered.
func (a *autoscaler) wanted(d *decider, w *guide.Workload) want {
	out := want{least: max(a.MinReplicas, w.Floor)}
	idle := a.Idle != nil
	for i, h := range a.hours {
		open, until := h.At(d.now)
		d.wake(until)
		if open {
			out.least, idle = max(out.least, a.Schedules[i].Replicas), false
			out.why = "schedule " + h.Name
		}
	}
	out.least = min(out.least, max(a.MaxReplicas, w.Floor))
	var seen []string
	for _, m := range a.Metrics {
		value, known := d.observation.Metrics[m.Name]
		if !known || math.IsNaN(value) {
			out.missing = append(out.missing, m.Name)
			continue
		}
		idle = idle && value <= 0
		asked := forMetric(m, value, w)
		if m.Most != "" {
			most, known := d.observation.Metrics[m.Most]
			if !known || math.IsNaN(most) {
				out.missing = append(out.missing, m.Most)
				continue
			}
			if useful := min(asked, a.MaxReplicas); float64(useful) > most {
				out.limit = fmt.Sprintf("%s=%s asks for %d replicas, and %s=%g is how many can make use of it: raise that to %d",
					m.Name, strconv.FormatFloat(value, 'g', 6, 64), useful, m.Most, most, useful)
				asked = int32(most)
			}
		}
		out.replicas = max(out.replicas, asked)
		seen = append(seen, fmt.Sprintf("%s=%s", m.Name, strconv.FormatFloat(value, 'g', 6, 64)))
	}
	out.idle = idle && len(out.missing) == 0
	if len(seen) > 0 {
		out.why = strings.Join(append(seen, out.why), " ")
	}
	return out
}

// forMetric is how many replicas a value asks for. Nothing changes within the
// tolerance.
func forMetric(m guide.ScaleMetric, value float64, w *guide.Workload) int32 {
	if m.Average {
		value *= float64(w.Desired)
	}
	exact := max(0, value/float64(m.Target))
	tolerance := m.Tolerance
	if tolerance == 0 {
		tolerance = defaultTolerance
	}
	if now := float64(w.Desired); now > 0 && math.Abs(exact-now) <= now*float64(tolerance)/100 {
		return w.Desired
	}
	if m.Average && exact > float64(w.Desired) && w.Ready < w.Desired {
		return w.Desired // those that start do not share the load yet
	}
	return int32(min(math.Ceil(exact), math.MaxInt32/2))
}

// within bounds a change from now by the step and keeps it between the bounds.
func (a *autoscaler) within(now, replicas, least int32) int32 {
	if replicas > now {
		most := now + max(leastUpStep, now)
		if a.Up.Step != "" {
			most = now + portion(a.Up.Step, now)
		}
		replicas = min(replicas, max(most, least))
	}
	if replicas < now && a.Down.Step != "" {
		replicas = max(replicas, now-portion(a.Down.Step, now))
	}
	return replicas
}

// portion is a number or a percentage of n, 1 at least.
func portion(step string, n int32) int32 {
	number, percent := strings.CutSuffix(step, "%")
	v, err := strconv.ParseInt(number, 10, 32)
	if err != nil {
		return 1 // which the guide has refused
	}
	if percent {
		v = (v*int64(n) + 99) / 100
	}
	return int32(max(1, v))
}

// stabilized is the number that has been wanted for long enough: of those wanted
// lately, the one that changes least.
func (a *autoscaler) stabilized(s *Scaling, now time.Time, current, replicas int32) int32 {
	down, up := defaultStabilization, time.Duration(0)
	if a.Down.Stabilization != nil {
		down = a.Down.Stabilization.Duration
	}
	if a.Up.Stabilization != nil {
		up = a.Up.Stabilization.Duration
	}
	if len(s.Highs)+len(s.Lows) == 0 {
		s.Highs, s.Lows = []Wanted{{now, current}}, []Wanted{{now, current}} // as if that had been wanted until now
	}
	s.Highs = recent(s.Highs, now, down, replicas, func(before int32) bool { return before <= replicas })
	s.Lows = recent(s.Lows, now, up, replicas, func(before int32) bool { return before >= replicas })
	if replicas < current {
		return min(current, s.Highs[0].Replicas)
	}
	return max(current, s.Lows[0].Replicas)
}

// recent adds a wish to those of a window, of which it keeps only those that no
// later one outdoes: the first is the highest or lowest of all.
func recent(wishes []Wanted, now time.Time, window time.Duration, replicas int32, outdone func(int32) bool) []Wanted {
	wishes = slices.DeleteFunc(slices.Clone(wishes), func(w Wanted) bool { return now.Sub(w.At) >= window || outdone(w.Replicas) })
	return append(wishes, Wanted{now, replicas})
}
