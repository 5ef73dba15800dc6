package objective

import (
	"fmt"
	"math"
	"time"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// Gap is the longest time between two looks that is counted.
const Gap = 2 * time.Minute

// Objective is one that can be looked at. It never changes.
type Objective struct {
	guide.Objective
	window  time.Duration
	allowed float64 // share that may be bad
	of      string  // what is measured
}

// New makes an objective ready. The error says what is wrong with it.
func New(o guide.Objective) (*Objective, error) {
	window, err := o.Period()
	if err != nil {
		return nil, err
	}
	if !(o.Target > 0 && o.Target < 100) {
		return nil, fmt.Errorf("target %v is not between 0 and 100 percent", o.Target)
	}
	out := &Objective{Objective: o, window: window, allowed: 1 - o.Target/100}
	out.of = fmt.Sprintf("%s %s/%s %s", o.Good, o.Bad, o.Total, o.Metric)
	for _, bound := range []*float64{o.AtLeast, o.AtMost} {
		if bound != nil {
			out.of += fmt.Sprintf(" %v", *bound)
		} else {
			out.of += " -"
		}
	}
	return out, nil
}

// measure is what is bad and all there is, a second; else why that is not known.
func (o *Objective) measure(metrics map[string]float64) (bad, total float64, why string) {
	value := func(name string) float64 {
		v, known := metrics[name]
		if !known && why == "" {
			why = name + " is not known"
		}
		if (math.IsNaN(v) || math.IsInf(v, 0)) && why == "" {
			why = name + " is no number"
		}
		return v
	}
	if o.Metric != "" {
		v := value(o.Metric)
		if o.AtMost != nil && v > *o.AtMost || o.AtLeast != nil && v < *o.AtLeast {
			return 1, 1, why
		}
		return 0, 1, why
	}
	total = value(o.Total)
	if o.Bad != "" {
		bad = value(o.Bad)
	} else {
		bad = total - value(o.Good)
	}
	if why == "" && total < 0 {
		why = fmt.Sprintf("%s is %v, below zero", o.Total, total)
	}
	return min(max(bad, 0), total), total, why
}
