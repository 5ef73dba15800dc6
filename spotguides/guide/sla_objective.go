package guide

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

// Objective is a share that is to be kept over a window, such as 99.9% of 30
// days; the rest is the error budget. It is either a share of what is asked (good
// or bad, and total) or of the time (metric, atMost, atLeast). All name sources
// of monitor.yaml, or figures of the guide's analyzer.
type Objective struct {
	// Name is a DNS label; events, status and rules speak of it.
	Name string `json:"name" jsonschema:"required"`
	// Target in percent, above 0 and below 100.
	Target float64 `json:"target" jsonschema:"minimum=0,maximum=100"`
	// Window that it is kept over, in days, weeks or hours: 30d unless given, from
	// 1h to 90d.
	Window string `json:"window,omitempty" scalar:"text" jsonschema:"pattern=^[1-9][0-9]*[hdw]$"`
	// Good is how many were answered as they should be, a second.
	Good string `json:"good,omitempty"`
	// Bad is how many were not; either this or Good.
	Bad string `json:"bad,omitempty"`
	// Total is how many there were, a second.
	Total string `json:"total,omitempty"`
	// Metric has to be within its bounds for the target's share of the time.
	Metric string `json:"metric,omitempty"`
	// AtMost is the metric's upper bound.
	AtMost *float64 `json:"atMost,omitempty"`
	// AtLeast is its lower bound.
	AtLeast *float64 `json:"atLeast,omitempty"`
	// Freeze holds new revisions back while the error budget is spent. Rollbacks
	// go ahead.
	Freeze bool `json:"freeze,omitempty"`
}

// The bounds of objectives.
const (
	DefaultObjectiveWindow = "30d"
	MaxObjectives          = 10
	minObjectiveWindow     = time.Hour
	maxObjectiveWindow     = 90 * 24 * time.Hour
)

var period = regexp.MustCompile(`^([1-9][0-9]{0,4})([hdw])$`)

// Period is the window as a time.
func (o Objective) Period() (time.Duration, error) {
	window := o.Window
	orElse(&window, DefaultObjectiveWindow)
	parts := period.FindStringSubmatch(window)
	if parts == nil {
		return 0, fmt.Errorf("window %q is no number of days, weeks or hours, such as 30d", window)
	}
	n, err := strconv.Atoi(parts[1])
	if err != nil {
		return 0, fmt.Errorf("window %q: %w", window, err)
	}
	unit := map[string]time.Duration{"h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour}[parts[2]]
	d := time.Duration(n) * unit
	if d < minObjectiveWindow || d > maxObjectiveWindow {
		return 0, fmt.Errorf("window %q is not from 1h to 90d", window)
	}
	return d, nil
}

// Metrics are the names that it reads.
func (o Objective) Metrics() []string {
	var names []string
	for _, name := range []string{o.Good, o.Bad, o.Total, o.Metric} {
		if name != "" {
			names = append(names, name)
		}
	}
	return names
}
