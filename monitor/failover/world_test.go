package failover_test

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/spotguide/spotguide/monitor/failover"
	"github.com/spotguide/spotguide/spotguides/guide"
)

// The sites of the tests, and when they begin.
var (
	sites = []string{"vienna", "graz"}
	dawn  = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
)

// world is two clusters, and a witness or none.
type world struct {
	*testing.T
	now    time.Time
	ballot map[string]failover.Ballot // by where it is: a site or the witness
	sites  map[string]*site
}

// site is one of the two.
type site struct {
	settings  failover.Settings
	memory    failover.Memory
	skew      time.Duration
	dead      bool // its whole cluster
	silent    bool // its agent only
	cut       map[string]bool
	role      failover.Role
	last      failover.Decision
	pods      int
	stopped   time.Time // when its pods are gone; zero while none stops
	stopping  time.Duration
	approved  []string
	suspended bool
	revision  string
}

func newWorld(t *testing.T, witness bool, change func(*guide.Failover)) *world {
	w := &world{T: t, now: dawn, ballot: map[string]failover.Ballot{}, sites: map[string]*site{}}
	for _, name := range sites {
		f := guide.Failover{Sites: sites, Peer: "peer", After: seconds(60), Stop: seconds(20)}
		if witness {
			f.Witness = "witness"
		}
		if change != nil {
			change(&f)
		}
		w.sites[name] = &site{settings: failover.Settings{Failover: f, Self: name}, cut: map[string]bool{}, stopping: 15 * time.Second}
	}
	return w
}

func seconds(n int) metav1.Duration { return metav1.Duration{Duration: time.Duration(n) * time.Second} }

// places are a site's names for where the ballots are.
func (s *site) places() map[failover.Place]string {
	all := map[failover.Place]string{failover.Own: s.settings.Self, failover.Peer: s.settings.Other(s.settings.Self)}
	if s.settings.Witness != "" {
		all[failover.Witness] = "witness"
	}
	return all
}

// reaches tells whether a site's agent can talk to a place.
func (w *world) reaches(s *site, place string) bool {
	other := w.sites[place]
	return !s.cut[place] && (other == nil || !other.dead)
}

// step lets a site look and do what it decides.
func (w *world) step(name string) failover.Decision {
	s := w.sites[name]
	if s.dead || s.silent {
		return failover.Decision{}
	}
	w.look(s)
	return s.last
}

func (w *world) look(s *site) {
	seen := failover.Seen{Now: w.now.Add(s.skew), Looks: map[failover.Place]failover.Look{}, Approved: s.approved, Suspended: s.suspended, Revision: s.revision}
	version := map[string]failover.Ballot{}
	for place, where := range s.places() {
		if w.reaches(s, where) {
			seen.Looks[place], version[where] = failover.Look{Known: true, Ballot: w.ballot[where]}, w.ballot[where]
		}
	}
	seen.Pods = &s.pods
	if peer := w.sites[s.places()[failover.Peer]]; seen.Looks[failover.Peer].Known {
		seen.PeerPods = &peer.pods
	}
	d, m := failover.Decide(s.settings, s.memory, seen)
	s.last, s.memory = d, m
	for _, place := range []failover.Place{failover.Own, failover.Peer, failover.Witness} {
		b, wanted := d.Writes[place]
		if where := s.places()[place]; wanted && w.reaches(s, where) {
			w.ballot[where] = b
			s.memory = s.memory.Took(place, b, s.settings.Self, seen.Now)
		}
	}
	if d.StopPeer {
		w.sites[s.places()[failover.Peer]].stop(w.now)
	}
	s.role = d.Role
	switch d.Role {
	case failover.Primary:
		s.pods, s.stopped = 2, time.Time{}
	case failover.Standby:
		s.stop(w.now)
	}
}

func (s *site) stop(now time.Time) {
	if s.pods > 0 && s.stopped.IsZero() {
		s.stopped = now.Add(s.stopping)
	}
}

// pass lets time go by, and checks that there are never two primaries.
func (w *world) pass(d time.Duration) {
	w.Helper()
	for end := w.now.Add(d); w.now.Before(end); {
		w.now = w.now.Add(time.Second)
		for _, name := range sites {
			s := w.sites[name]
			if s.dead || !s.stopped.IsZero() && !w.now.Before(s.stopped) {
				s.pods, s.stopped = 0, time.Time{}
			}
			if w.now.Unix()%4 == int64(len(name))%4 { // not at the same time
				w.step(name)
			}
		}
		if w.sites["vienna"].pods > 0 && w.sites["graz"].pods > 0 {
			w.Fatalf("after %s both sites run: vienna %+v, graz %+v, ballots %+v", w.now.Sub(dawn), w.sites["vienna"].last, w.sites["graz"].last, w.ballot)
		}
	}
}

// runs demands that the application runs in one site, and only there.
func (w *world) runs(name string) {
	w.Helper()
	for _, other := range sites {
		if runs := w.sites[other].pods > 0; runs != (other == name) {
			w.Fatalf("after %s %s runs: %t, want %q to run; vienna %+v, graz %+v", w.now.Sub(dawn), other, runs, name, w.sites["vienna"].last, w.sites["graz"].last)
		}
	}
}
