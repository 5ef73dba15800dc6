package failover_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/spotguide/spotguide/monitor/failover"
	"github.com/spotguide/spotguide/spotguides/guide"
)

func TestBeginsInTheFirstSite(t *testing.T) {
	for _, witness := range []bool{true, false} {
		w := newWorld(t, witness, nil)
		w.sites["graz"].dead = true
		w.pass(2 * time.Minute)
		w.runs("") // nobody may begin where the other site might
		w.sites["graz"].dead = false
		w.pass(20 * time.Second)
		w.runs("vienna")
		if d := w.sites["graz"].last; d.Epoch != 1 || d.Primary != "vienna" || d.Why != "vienna is primary" {
			t.Errorf("graz sees %+v", d)
		}
	}
}

func TestTakesOverFromADeadCluster(t *testing.T) {
	w := newWorld(t, true, nil)
	w.sites["vienna"].revision = "main@sha1:1"
	w.pass(time.Minute)
	w.sites["vienna"].dead = true
	w.pass(55 * time.Second)
	w.runs("")
	w.pass(15 * time.Second)
	w.runs("graz")
	if d := w.sites["graz"].last; d.Epoch != 2 || w.ballot["graz"].Revision != "main@sha1:1" {
		t.Errorf("graz is %+v, with %+v", d, w.ballot["graz"])
	}

	// It comes back with its pods, and an older epoch: it stays down.
	v := w.sites["vienna"]
	v.dead, v.memory = false, failover.Memory{}
	w.step("vienna")
	if v.role != failover.Standby || w.ballot["vienna"].Epoch != 2 {
		t.Errorf("it came back as %q with %+v", v.role, w.ballot["vienna"])
	}
	w.pass(time.Hour)
	w.runs("graz")

	// Back only by hand, and the new primary stops before.
	v.approved = []string{failover.Ask(sites, "vienna", 3)}
	w.pass(40 * time.Second)
	w.runs("vienna")
	w.pass(time.Hour)
	w.runs("vienna")
}

func TestWithoutAWitnessOnlyAPersonTakesOver(t *testing.T) {
	w := newWorld(t, false, nil)
	w.pass(time.Minute)
	v, g := w.sites["vienna"], w.sites["graz"]
	g.approved = []string{failover.Force(sites, "graz", 7)} // of another time
	v.dead = true
	w.pass(time.Hour)
	w.runs("")
	if !strings.Contains(g.last.Why, "vienna was not heard of for 1h") {
		t.Errorf("graz says %q", g.last.Why)
	}
	g.approved = []string{failover.Ask(sites, "graz", 2)}
	w.pass(time.Hour)
	w.runs("")
	if !strings.Contains(g.last.Why, "failover --force") {
		t.Errorf("graz says %q", g.last.Why)
	}
	g.approved = append(g.approved, failover.Force(sites, "graz", 2))
	w.pass(10 * time.Second)
	w.runs("graz")
	v.dead = false
	w.pass(time.Hour)
	w.runs("graz")

	// Cut off from each other, the primary goes on.
	v.cut["graz"], g.cut["vienna"] = true, true
	w.pass(time.Hour)
	w.runs("graz")
}

func TestSwitchesOver(t *testing.T) {
	for i := range 4 {
		w := newWorld(t, i%2 == 0, nil)
		w.pass(time.Minute)
		g := w.sites["graz"]
		g.approved = []string{failover.Ask(sites, "graz", 2)}
		if i > 1 { // who is heard of is asked, whatever a person fears
			g.approved = []string{failover.Force(sites, "graz", 2)}
		}
		w.pass(8 * time.Second)
		w.runs("vienna") // whose pods take a while
		w.pass(30 * time.Second)
		w.runs("graz")
	}
}

// An agent that is gone, though its cluster answers: the other site stops its pods.
func TestStopsWhatAnAgentLeft(t *testing.T) {
	for _, witness := range []bool{true, false} {
		w := newWorld(t, witness, nil)
		w.pass(time.Minute)
		w.sites["vienna"].silent = true
		if !witness {
			w.sites["graz"].approved = []string{failover.Ask(sites, "graz", 2)}
		}
		w.pass(50 * time.Second)
		w.runs("vienna")
		w.pass(40 * time.Second)
		w.runs("graz")
		w.sites["vienna"].silent = false
		w.pass(10 * time.Minute)
		w.runs("graz")
	}
}

func TestOneOfTheOthersSuffices(t *testing.T) {
	for _, lost := range []string{"witness", "graz"} {
		w := newWorld(t, true, nil)
		w.pass(time.Minute)
		w.sites["vienna"].cut[lost] = true
		if lost == "witness" {
			w.sites["graz"].cut[lost] = true
		}
		w.pass(time.Hour)
		w.runs("vienna")
		// An agent that starts anew asks those that answer.
		w.sites["vienna"].memory = failover.Memory{}
		w.pass(time.Minute)
		w.runs("vienna")
	}
}

// What is suspended would not come up, so it does not take over.
func TestSuspended(t *testing.T) {
	w := newWorld(t, true, nil)
	w.sites["vienna"].suspended = true
	w.pass(time.Minute)
	w.runs("")
	w.sites["vienna"].suspended = false
	w.pass(time.Minute)
	w.runs("vienna")
	g := w.sites["graz"]
	g.suspended, g.approved = true, []string{failover.Ask(sites, "graz", 2)}
	w.pass(time.Hour)
	w.runs("vienna")
	w.sites["vienna"].dead = true
	w.pass(time.Hour)
	w.runs("")
	if !strings.Contains(g.last.Why, "spotguide resume") {
		t.Errorf("graz says %q", g.last.Why)
	}
	g.suspended = false
	w.pass(20 * time.Second)
	w.runs("graz")
}

// A primary that nobody hears stops in time, and goes on once it is heard if
// nobody could take over.
func TestStopsUnheard(t *testing.T) {
	w := newWorld(t, true, nil)
	w.pass(time.Minute)
	v, g := w.sites["vienna"], w.sites["graz"]
	g.cut["witness"], v.cut["witness"], v.cut["graz"] = true, true, true
	w.pass(25 * time.Second)
	w.runs("vienna")
	w.pass(30 * time.Second)
	w.runs("")
	if !strings.Contains(v.last.Why, "stopped: neither graz nor the witness") {
		t.Errorf("vienna says %q", v.last.Why)
	}
	w.pass(time.Hour)
	w.runs("")
	v.cut["graz"] = false
	w.pass(10 * time.Second)
	w.runs("vienna")
	if w.ballot["vienna"].Epoch != 1 {
		t.Errorf("its epoch is %d", w.ballot["vienna"].Epoch)
	}
}

func TestGoesBackByRule(t *testing.T) {
	back := seconds(600)
	w := newWorld(t, true, func(f *guide.Failover) { f.Back = &back })
	w.pass(time.Minute)
	v := w.sites["vienna"]
	v.dead = true
	w.pass(2 * time.Minute)
	w.runs("graz")
	v.dead = false
	w.pass(9 * time.Minute)
	w.runs("graz")
	w.pass(2 * time.Minute)
	w.runs("vienna")
	w.pass(time.Hour)
	w.runs("vienna")
	if w.ballot["witness"].Epoch != 3 {
		t.Errorf("it went to and fro: epoch %d", w.ballot["witness"].Epoch)
	}
}

// A primary that cannot stop its pods, since its own API server does not answer,
// keeps its claim for as long as its agent lives.
func TestKeepsItsClaim(t *testing.T) {
	w := newWorld(t, true, nil)
	w.pass(time.Minute)
	w.sites["vienna"].cut["vienna"] = true
	w.pass(time.Hour)
	w.runs("vienna")
	w.sites["vienna"].silent = true
	w.pass(2 * time.Minute)
	w.runs("graz") // which could stop it
}

// A site that has taken its own place only, and then hears that the primary lives
// or hears nothing at all, starts nothing, also when its agent starts anew.
func TestCandidate(t *testing.T) {
	w := newWorld(t, true, nil)
	w.pass(time.Minute)
	v, g := w.sites["vienna"], w.sites["graz"]
	v.cut["graz"], v.cut["witness"] = true, true
	for w.ballot["graz"].Epoch == 1 {
		w.pass(time.Second)
	}
	if g.role != failover.Standby || w.ballot["graz"].Holder != "graz" || w.ballot["witness"].Epoch != 1 {
		t.Fatalf("graz is %q with %+v", g.role, w.ballot)
	}
	g.cut["witness"], g.cut["vienna"] = true, true
	w.pass(10 * time.Second)
	w.runs("")
	g.memory = failover.Memory{}
	w.pass(time.Minute)
	w.runs("")
	g.cut["vienna"] = false // whose place alone does not make it one
	w.pass(time.Minute)
	w.runs("")
	v.cut["witness"], v.cut["graz"] = false, false
	w.pass(10 * time.Second)
	w.runs("vienna")
	g.cut["witness"] = false
	w.pass(time.Hour)
	w.runs("vienna")
	if b := w.ballot["graz"]; b.Holder != "vienna" || b.Epoch != 1 {
		t.Errorf("graz did not give way: %+v", b)
	}
}

// FuzzNeverTwo cuts lines, kills clusters, starts agents anew and lets people ask,
// at random, but for the one that may run what nobody can stop (see the package's
// documentation). There are never two primaries, and there is one in the end.
func FuzzNeverTwo(f *testing.F) {
	for seed := range uint64(40) {
		f.Add(seed, seed%4 == 0)
	}
	f.Fuzz(func(t *testing.T, seed uint64, alone bool) {
		r := rand.New(rand.NewPCG(seed, 4))
		w := newWorld(t, !alone, nil)
		for _, name := range sites {
			w.sites[name].skew = time.Duration(r.IntN(7200)-3600) * time.Second
		}
		for range 120 {
			s := w.sites[sites[r.IntN(2)]]
			s.stopping = time.Duration(1+r.IntN(18)) * time.Second
			switch r.IntN(6) {
			case 0:
				where := []string{s.settings.Other(s.settings.Self), "witness"}[r.IntN(2)]
				s.cut[where] = !s.cut[where]
			case 1:
				s.dead = !s.dead
				s.memory = failover.Memory{}
				if s.dead {
					s.pods = 0
				}
			case 2:
				s.memory = failover.Memory{} // its agent starts anew
			case 3:
				s.approved = []string{failover.Ask(sites, s.settings.Self, s.last.Epoch+1)}
			case 4:
				clear(s.cut)
			}
			w.pass(time.Duration(r.IntN(90)) * time.Second)
		}
		for _, s := range w.sites {
			s.dead, s.approved = false, nil
			clear(s.cut)
		}
		w.pass(5 * time.Minute)
		if v, g := w.sites["vienna"], w.sites["graz"]; v.pods+g.pods == 0 {
			t.Fatalf("nobody runs in the end: vienna %+v, graz %+v", v.last, g.last)
		}
	})
}
