package sla

import (
	"fmt"
	"strings"
	"time"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// Scaling is what the autoscaling of one workload remembers.
type Scaling struct {
	// Set is the number that was set, or found, last; From the one before and At
	// when.
	Set  int32     `json:"set"`
	From int32     `json:"from"`
	At   time.Time `json:"at"`
	// Up and Down are when it grew and shrank last.
	Up   time.Time `json:"up,omitzero"`
	Down time.Time `json:"down,omitzero"`
	// Manual is until when somebody else's number is respected.
	Manual time.Time `json:"manual,omitzero"`
	// Missing is since when a metric has not been known, Idle since when there is
	// nothing to do.
	Missing time.Time `json:"missing,omitzero"`
	Idle    time.Time `json:"idle,omitzero"`
	// Past is what earlier days have needed, oldest first.
	Past []Past `json:"past,omitempty"`
	// Highs and Lows are the wishes of the stabilization windows.
	Highs []Wanted `json:"highs,omitempty"`
	Lows  []Wanted `json:"lows,omitempty"`
}

// Wanted is a number that was wanted.
type Wanted struct {
	At       time.Time `json:"at"`
	Replicas int32     `json:"replicas"`
}

const (
	HoldManual  Hold = "manual"  // somebody else has set the number
	HoldRollout Hold = "rollout" // pods start or crash: their metrics say nothing
	HoldMost    Hold = "most"    // more replicas could not make use of it
)

// autoscale decides for every workload that the monitor scales.
func (d *decider) autoscale() {
	alive := map[string]bool{}
	for i := range d.observation.Components {
		w := &d.observation.Components[i]
		a := d.program.autoscaler(w)
		if a == nil || w.Kind != "Deployment" && w.Kind != "StatefulSet" {
			continue
		}
		on := subject{observation: d.observation, component: w}
		alive[on.scope()] = true
		s := d.state.Scaling[on.scope()]
		d.scaleOne(a, w, on, &s)
		if d.state.Scaling == nil {
			d.state.Scaling = map[string]Scaling{}
		}
		d.state.Scaling[on.scope()] = s
	}
	for scope := range d.state.Scaling {
		if !alive[scope] {
			delete(d.state.Scaling, scope)
		}
	}
}

func (d *decider) scaleOne(a *autoscaler, w *guide.Workload, on subject, s *Scaling) {
	hold := func(h Hold, until time.Time, why string) {
		d.decision.Pending = append(d.decision.Pending, Pending{Rule: RuleAutoscaling, Target: on.target(), Hold: h, Until: until, Message: why})
		d.wake(until)
	}
	if !s.adopt(d.now, w.Desired, a.Manual.Duration) {
		return // what was set last is not to be seen yet
	}
	wish := a.wanted(d, w)
	d.predict(a.predictor, w, &wish, s)
	if wish.limit != "" {
		hold(HoldMost, time.Time{}, wish.limit)
	}
	if s.Manual.After(d.now) {
		hold(HoldManual, s.Manual, fmt.Sprintf("somebody has set %d replicas", s.Set))
		return
	}
	replicas := s.weigh(d, a, wish, w.Desired)
	if len(wish.missing) > 0 && replicas == w.Desired {
		hold(HoldUnknown, time.Time{}, strings.Join(wish.missing, ", ")+" is not known")
	}
	if replicas == w.Desired {
		return
	}
	wish.why = strings.TrimSpace(wish.why)
	if why := d.noise(w, replicas, wish.least); why != "" {
		hold(HoldRollout, time.Time{}, why)
		return
	}
	since, cooldown := s.Up, a.Up.Cooldown.Duration
	if replicas < w.Desired {
		since, cooldown = s.Down, a.Down.Cooldown.Duration
	}
	if until := since.Add(cooldown); until.After(d.now) {
		hold(HoldCooldown, until, fmt.Sprintf("wants %d replicas: %s", replicas, wish.why))
		return
	}
	action := Action{Kind: Scale, Target: on.target(), Amount: replicas, From: w.Desired, Rule: RuleAutoscaling, Reason: wish.why}
	c := candidate{rule: &rule{name: RuleAutoscaling}, on: on}
	for _, gate := range []func(candidate, Action) (Hold, time.Time, string){d.brake, d.turn} {
		if h, until, why := gate(c, action); h != "" {
			hold(h, until, why)
			return
		}
	}
	d.decision.Actions, d.decision.Acted = append(d.decision.Actions, action), true
	d.state.write(d.now, action)
	d.state.Touched = d.now
	s.set(d.now, w.Desired, replicas)
}

// adopt compares what there is with what was set. Somebody else's number is
// respected for a while. It returns false while one's own may still be on its way.
func (s *Scaling) adopt(now time.Time, desired int32, manual time.Duration) bool {
	switch {
	case s.At.IsZero():
	case desired == s.Set:
		s.From = desired // it was seen, so going back would be somebody else's doing
		return true
	case desired == s.From && now.Sub(s.At) < takes:
		return false
	case desired != s.From:
		s.Manual = now.Add(manual)
	}
	s.Set, s.From, s.At = desired, desired, now
	return true
}

// set notes a change.
func (s *Scaling) set(now time.Time, from, to int32) {
	s.Set, s.From, s.At = to, from, now
	if to > from {
		s.Up = now
	} else {
		s.Down = now
	}
}

// weigh is the number to have now: bounded, stabilized, never lowered by what is
// not known, and none after it was idle for long enough.
func (s *Scaling) weigh(d *decider, a *autoscaler, wish want, current int32) int32 {
	mark := func(t *time.Time, on bool) time.Duration {
		if !on {
			*t = time.Time{}
		} else if t.IsZero() {
			*t = d.now
		}
		if on {
			return d.now.Sub(*t)
		}
		return -1
	}
	missing, idle := mark(&s.Missing, len(wish.missing) > 0), mark(&s.Idle, wish.idle)
	if wish.idle {
		if idle >= a.Idle.Duration {
			return 0
		}
		d.wake(s.Idle.Add(a.Idle.Duration))
		if current == 0 {
			return 0
		}
	}
	replicas := wish.replicas
	if missing >= 0 {
		if f := a.Fallback; f != nil && missing >= f.After.Duration {
			replicas = max(replicas, f.Replicas)
		} else if f != nil {
			d.wake(s.Missing.Add(f.After.Duration))
		}
		if replicas = max(replicas, current); replicas == 0 {
			return 0 // it was idle, as far as anybody knows
		}
	}
	replicas = max(min(replicas, a.MaxReplicas), wish.least)
	if len(a.Metrics) > 0 {
		replicas = max(a.stabilized(s, d.now, current, replicas), wish.least)
	}
	return a.within(current, replicas, wish.least)
}

// noise is why metrics say nothing now: a rollout goes on or pods crash. What
// schedules and minReplicas ask for does not come from metrics.
func (d *decider) noise(w *guide.Workload, replicas, least int32) string {
	if w.Desired < least && replicas <= least {
		return ""
	}
	r := d.observation.Rollout
	if !w.Observed || w.Updated < w.Desired || r == nil || r.LastHealthy != d.observation.Revision && !r.Healthy {
		return "a rollout goes on"
	}
	for i := range d.observation.Pods {
		if p := &d.observation.Pods[i]; p.CrashLooping && owns(w, p) && replicas > w.Desired {
			return "pod " + p.Name + " crashes"
		}
	}
	return ""
}
