package sla_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/spotguide/spotguide/monitor/sla"
	"github.com/spotguide/spotguide/spotguides/guide"
)

// FuzzAutoscale lets random metrics come and go, rollouts and crashes happen and
// people meddle, and checks every number that the autoscaling sets.
func FuzzAutoscale(f *testing.F) {
	for seed := range uint64(24) {
		f.Add(seed)
	}
	c := newCompiler(f)
	f.Fuzz(func(t *testing.T, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 2))
		s := newScaled(t, r)
		p, err := c.Program(guide.SLA{Autoscaling: map[string]guide.Autoscaling{"web": s.settings}})
		if err != nil {
			t.Fatal(err)
		}
		var state sla.State
		for range 150 {
			s.happen(r)
			d := sla.Decide(s.now, p, state, s.o)
			state = d.State
			s.looked = true
			for _, a := range d.Actions {
				switch {
				case a.Rule == sla.RuleAutoscaling:
					s.check(a)
				case a.Kind == sla.Scale: // back to the floor
					s.o.Components[0].Desired = a.Amount
				}
			}
		}
	})
}

// scaled is a Deployment that is scaled, and what was done with it.
type scaled struct {
	*testing.T
	settings guide.Autoscaling
	o        guide.Observation
	now      time.Time
	up, down time.Time
	manual   time.Time // when somebody else set a number
	looked   bool      // the number that was set, or there first, was seen
}

func newScaled(t *testing.T, r *rand.Rand) *scaled {
	s := &scaled{T: t, now: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), o: healthy("app", 2)}
	s.o.Components[0].Component, s.o.Components[0].Observed, s.o.Components[0].Floor = "web", true, int32(r.IntN(2))
	minutes := func(most int) metav1.Duration {
		return metav1.Duration{Duration: time.Duration(r.IntN(most)) * time.Minute}
	}
	s.settings = guide.Autoscaling{
		MinReplicas: int32(1 + r.IntN(3)), MaxReplicas: int32(4 + r.IntN(20)),
		Up: guide.ScalePace{Cooldown: minutes(3)}, Down: guide.ScalePace{Cooldown: minutes(5), Step: []string{"", "1", "50%"}[r.IntN(3)]},
		Manual: metav1.Duration{Duration: 20 * time.Minute},
	}
	for i := range 1 + r.IntN(3) {
		s.settings.Metrics = append(s.settings.Metrics, guide.ScaleMetric{
			Name: fmt.Sprint("m", i), Target: int64(1 + r.IntN(20)), Average: r.IntN(2) == 0,
		})
	}
	if r.IntN(2) == 0 && s.o.Components[0].Floor == 0 {
		idle := minutes(10)
		s.settings.Idle = &idle
	}
	if r.IntN(3) == 0 {
		s.settings.Predict = &guide.Prediction{Days: 2}
	}
	if r.IntN(2) == 0 {
		s.settings.Fallback = &guide.ScaleFallback{After: minutes(5), Replicas: int32(1 + r.IntN(4))}
	}
	return s
}

// happen lets time go by and a few things change.
func (s *scaled) happen(r *rand.Rand) {
	s.now = s.now.Add(time.Duration(1+r.IntN(120)) * time.Second)
	if s.settings.Predict != nil {
		s.now = s.now.Add(time.Duration(r.IntN(90)) * time.Minute) // over some days
	}
	w := &s.o.Components[0]
	s.o.Metrics = map[string]float64{}
	for _, m := range s.settings.Metrics {
		if r.IntN(6) > 0 {
			s.o.Metrics[m.Name] = float64(r.IntN(3) * r.IntN(300))
		}
	}
	s.o.Brake = []string{"", "", "", "", "", "storm"}[r.IntN(6)]
	s.o.Rollout = &guide.RolloutSeen{Healthy: true, LastHealthy: s.o.Revision}
	if r.IntN(8) == 0 {
		s.o.Rollout = nil
	}
	w.Updated, w.Ready = w.Desired, w.Desired
	if r.IntN(8) == 0 {
		w.Updated = 0
	}
	s.o.Pods[0].CrashLooping = r.IntN(8) == 0
	if r.IntN(40) == 0 && s.looked {
		if other := w.Floor + int32(r.IntN(25)); other != w.Desired { // the floor is the rule's to hold
			w.Desired, s.manual = other, s.now
		}
	}
}

func (s *scaled) check(a sla.Action) {
	w := &s.o.Components[0]
	unknown := len(s.o.Metrics) < len(s.settings.Metrics)
	least := max(s.settings.MinReplicas, w.Floor)
	crashing := s.o.Pods[0].CrashLooping
	rolling := s.o.Rollout == nil || w.Updated < w.Desired
	last, cooldown := &s.up, max(s.settings.Up.Cooldown.Duration, 5*time.Second)
	if a.Amount < w.Desired {
		last, cooldown = &s.down, max(s.settings.Down.Cooldown.Duration, 5*time.Second)
	}
	switch {
	case a.Amount == w.Desired || a.From != w.Desired:
		s.Fatalf("scales from %d to %d, there are %d", a.From, a.Amount, w.Desired)
	case a.Amount > max(s.settings.MaxReplicas, w.Floor) && a.Amount > w.Desired:
		s.Fatalf("%d replicas are above the cap of %d", a.Amount, s.settings.MaxReplicas)
	case a.Amount < least && s.settings.Idle == nil && a.Amount < w.Desired && w.Desired <= least:
		s.Fatalf("%d replicas are below the least of %d", a.Amount, least)
	case a.Amount < w.Floor:
		s.Fatalf("%d replicas are below the floor of %d", a.Amount, w.Floor)
	case unknown && a.Amount < w.Desired && w.Desired <= s.settings.MaxReplicas:
		s.Fatalf("lowered from %d to %d, though only %v is known", w.Desired, a.Amount, s.o.Metrics)
	case s.o.Brake != "":
		s.Fatalf("scaled in spite of the brake")
	case (rolling || crashing && a.Amount > w.Desired) && a.Amount > least:
		s.Fatalf("scaled to %d, least %d, rolling %t, crashing %t", a.Amount, least, rolling, crashing)
	case rolling && a.Amount < w.Desired:
		s.Fatalf("lowered during a rollout")
	case !last.IsZero() && s.now.Sub(*last) < cooldown:
		s.Fatalf("scaled %s after the last time in that direction, cooldown %s", s.now.Sub(*last), cooldown)
	case !s.manual.IsZero() && s.now.Sub(s.manual) < s.settings.Manual.Duration:
		s.Fatalf("scaled %s after somebody has set %d", s.now.Sub(s.manual), w.Desired)
	}
	*last, s.looked = s.now, false
	w.Desired, w.Ready, w.Updated = a.Amount, a.Amount, a.Amount
}
