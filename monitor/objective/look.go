package objective

import (
	"fmt"
	"slices"
	"time"
)

// Figures are what is known of an objective. What is not known is nil.
type Figures struct {
	// Kept is the share that was good over the window, in percent.
	Kept *float64 `json:"kept,omitempty"`
	// Left is the share of the error budget that is left: 1 is all of it, 0 none,
	// and less than 0 is what was spent beyond it.
	Left *float64 `json:"left,omitempty"`
	// Burns are the burn rates, one an alert.
	Burns []Burn `json:"burns,omitempty"`
	// Missing says why the last look counted nothing.
	Missing string `json:"missing,omitempty"`
}

// Burn is a burn rate in a long and a short window.
type Burn struct {
	Over     string   `json:"over"` // the long window
	Severity string   `json:"severity"`
	Factor   float64  `json:"factor"` // above it, it is too fast
	Long     *float64 `json:"long,omitempty"`
	Short    *float64 `json:"short,omitempty"`
}

// The severities.
const (
	Page   = "page"
	Ticket = "ticket"
)

// pace is an alert on a burn rate: those of a window of 30 days.
type pace struct {
	severity    string
	factor      float64
	long, short time.Duration
}

const month = 30 * 24 * time.Hour

// paces are the alerts of an objective, scaled to its window. No window is
// shorter than a minute.
func (o *Objective) paces() [4]pace {
	all := [4]pace{
		{Page, 14.4, time.Hour, 5 * time.Minute}, {Page, 6, 6 * time.Hour, 30 * time.Minute},
		{Ticket, 3, 24 * time.Hour, 2 * time.Hour}, {Ticket, 1, 72 * time.Hour, 6 * time.Hour},
	}
	scaled := func(d time.Duration) time.Duration {
		return max(time.Duration(float64(d)*float64(o.window)/float64(month)), time.Minute).Round(time.Second)
	}
	for i := range all {
		all[i].long, all[i].short = scaled(all[i].long), scaled(all[i].short)
		// Where not even a total failure burns that fast, nearly one has to do.
		all[i].factor = min(all[i].factor, 0.9/o.allowed)
	}
	return all
}

// Look counts what is seen now, and judges.
func (o *Objective) Look(now time.Time, metrics map[string]float64, s State) State {
	if s.Of != o.of || s.Since.After(now) {
		s = State{Of: o.of, Since: now, Looked: now}
	}
	bad, total, why := o.measure(metrics)
	buckets := slices.Clone(s.Buckets)
	if passed := now.Sub(s.Looked); why == "" && passed > 0 && passed <= Gap {
		buckets = append(buckets, Bucket{s.Looked, now, passed, bad * passed.Seconds(), total * passed.Seconds()})
	}
	s.Looked, s.Buckets = now, merge(now, o.window, buckets)
	s.Figures = o.figures(now, s)
	s.Figures.Missing = why
	if left := s.Figures.Left; left != nil {
		s.Spent = *left <= 0
	}
	s.Alerts = o.alert(now, s)
	return s
}

func (o *Objective) figures(now time.Time, s State) (f Figures) {
	for _, p := range o.paces() {
		f.Burns = append(f.Burns, Burn{
			Over: text(p.long), Severity: p.severity, Factor: p.factor,
			Long: o.burn(now, p.long, s.Buckets), Short: o.burn(now, p.short, s.Buckets),
		})
	}
	elapsed := min(now.Sub(s.Since), o.window)
	known, bad, total := sums(now, o.window, s.Buckets)
	if known == 0 || known < elapsed/2 {
		return f
	}
	failed := 0.0
	if total > 0 {
		failed = bad / total
		f.Kept = rounded(100 * (1 - failed))
	}
	f.Left = rounded(1 - failed/o.allowed*float64(elapsed)/float64(o.window))
	return f
}

// burn is the burn rate in the time before now, nil while less than half of it is
// known. Where there was nothing at all, nothing was bad.
func (o *Objective) burn(now time.Time, span time.Duration, buckets []Bucket) *float64 {
	known, bad, total := sums(now, span, buckets)
	switch {
	case known < span/2:
		return nil
	case total == 0:
		return rounded(0)
	}
	return rounded(bad / total / o.allowed)
}

// alert says which alerts are on.
func (o *Objective) alert(now time.Time, s State) []Alert {
	alerts := make([]Alert, len(s.Figures.Burns))
	copy(alerts, s.Alerts)
	for i, p := range o.paces() {
		a, b := &alerts[i], s.Figures.Burns[i]
		slow := func(rate *float64) bool { return rate != nil && *rate < p.factor }
		switch {
		case slow(b.Long) || slow(b.Short):
			if a.On && a.Quiet.IsZero() {
				a.Quiet = now
			}
			if a.On && now.Sub(a.Quiet) >= p.short {
				*a = Alert{}
			}
		case b.Long != nil && b.Short != nil:
			*a = Alert{On: true}
		}
	}
	return alerts
}

// Severity is that of the worst alert that is on, "" when none is.
func (s State) Severity() string {
	for i, a := range s.Alerts {
		if a.On && i < len(s.Figures.Burns) {
			return s.Figures.Burns[i].Severity
		}
	}
	return ""
}

// Fastest is the burn rate of the first alert that is on, else of the first whose
// rate is known; false while none is.
func (s State) Fastest() (Burn, bool) {
	for i, a := range s.Alerts {
		if a.On && i < len(s.Figures.Burns) {
			return s.Figures.Burns[i], true
		}
	}
	i := slices.IndexFunc(s.Figures.Burns, func(b Burn) bool { return b.Long != nil })
	if i < 0 {
		return Burn{}, false
	}
	return s.Figures.Burns[i], true
}

// text writes a time as people do: 3d, 6h, 30m.
func text(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d >= day && d%day == 0:
		return fmt.Sprintf("%dd", d/day)
	case d >= time.Hour && d%time.Hour == 0:
		return fmt.Sprintf("%dh", d/time.Hour)
	case d%time.Minute == 0:
		return fmt.Sprintf("%dm", d/time.Minute)
	}
	return d.String()
}
