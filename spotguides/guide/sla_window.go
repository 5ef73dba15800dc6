package guide

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/robfig/cron/v3"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Window is a time that comes again: it opens by the clock and stays open for a
// while.
type Window struct {
	// Name is a DNS label; events and `spotguide sla explain` speak of it.
	Name string `json:"name" jsonschema:"required"`
	// Schedule says when it opens, as cron does: "0 2 * * 0" is Sunday at 2:00.
	Schedule string `json:"schedule"`
	// TimeZone of the schedule, such as Europe/Vienna; UTC unless given. Where
	// the clock is put forward over an opening, that one falls out.
	TimeZone string `json:"timeZone,omitempty"`
	// Duration is how long it stays open, a week at most.
	Duration metav1.Duration `json:"duration"`
}

// MaxWindow is the longest that a Window stays open.
const MaxWindow = 7 * 24 * time.Hour

// Hours are a Window made ready for use.
type Hours struct {
	Name     string
	schedule cron.Schedule
	duration time.Duration
}

// Hours reads the schedule. The error says what is wrong with it.
func (w Window) Hours() (Hours, error) {
	zone := w.TimeZone
	if zone == "" {
		zone = "UTC"
	}
	if _, err := time.LoadLocation(zone); err != nil {
		return Hours{}, fmt.Errorf("time zone %q is not known: write a name such as Europe/Vienna", w.TimeZone)
	}
	if strings.Contains(w.Schedule, "TZ=") || strings.HasPrefix(w.Schedule, "@every") {
		return Hours{}, fmt.Errorf("schedule %q: write five fields, and the zone as timeZone", w.Schedule)
	}
	s, err := cron.ParseStandard("CRON_TZ=" + zone + " " + w.Schedule)
	if err != nil {
		return Hours{}, fmt.Errorf("schedule %q: %w", w.Schedule, err)
	}
	// The library looks five years ahead.
	if s.Next(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return Hours{}, fmt.Errorf("schedule %q never comes", w.Schedule)
	}
	if d := w.Duration.Duration; d <= 0 || d > MaxWindow {
		return Hours{}, errors.New("duration must be more than 0 and at most 168h")
	}
	return Hours{w.Name, s, w.Duration.Duration}, nil
}

// At tells whether the window is open at a time, and when that changes next.
func (h Hours) At(now time.Time) (open bool, until time.Time) {
	opening := h.schedule.Next(now.Add(-h.duration))
	if opening.IsZero() || opening.After(now) {
		return false, opening.UTC()
	}
	// Openings that follow each other within the duration are one.
	end := opening.Add(h.duration)
	for range 100 {
		next := h.schedule.Next(opening)
		if next.IsZero() || next.After(end) || next.After(now) {
			break
		}
		opening, end = next, next.Add(h.duration)
	}
	return true, end.UTC()
}
