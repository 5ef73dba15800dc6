package failover

import (
	"fmt"
	"maps"
	"time"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// Role is what a site is to do.
type Role string

// The roles.
const (
	// Undecided leaves things as they are: nothing is started, nothing stopped.
	Undecided Role = ""
	Primary   Role = "primary" // run
	Standby   Role = "standby" // have everything stopped
)

// Settings are the rules of a failover, and which of its sites this one is.
type Settings struct {
	guide.Failover `json:",inline"`
	Self           string `json:"self"`
}

// other is the other site.
func (s Settings) other() string { return s.Other(s.Self) }

// Tick is the longest time between two looks, and the longest that one may take.
func (s Settings) Tick() time.Duration {
	return min((s.After.Duration-s.Stop.Duration)/8, 10*time.Second)
}

// lasts is for how long a primary is one without having been heard. It decides that
// it is none any more a look later at most.
func (s Settings) lasts() time.Duration { return s.After.Duration - s.Stop.Duration - 2*s.Tick() }

// Seen is what a site sees at one time.
type Seen struct {
	Now   time.Time
	Looks map[Place]Look
	// Pods and PeerPods still run, here and at the other site; nil when that is
	// not known.
	Pods, PeerPods *int
	// Revision that runs here and was found healthy.
	Revision string
	// Suspended: nothing would be brought up here.
	Suspended bool
	// Approved are the wishes that a person has approved of.
	Approved []string
}

// Memory is what a site has to remember from one look to the next, and may forget
// when it starts anew: it then waits for longer. It is a value.
type Memory struct {
	Started time.Time
	// Last is this site's own ballot as it was seen last.
	Last Ballot
	// Heard is when a place's ballot was last seen to change.
	Heard map[Place]Change
	// Confirmed is when another place was last asked to take this primary's
	// ballot, and took it.
	Confirmed time.Time
	// Well is since when the other site has answered and been in order.
	Well time.Time
	// Asked is since when the primary has been asked to stop.
	Asked time.Time
}

// Change is a ballot, and when it was first seen so.
type Change struct {
	Ballot
	At time.Time
}

// Decision is what a site is to do.
type Decision struct {
	Role Role
	// Epoch and Primary are as this site knows them.
	Epoch   int64
	Primary string
	// Mirror is the revision that the primary runs, for a standby to hold ready.
	Mirror string
	// Writes are ballots to be written, each only over what was seen there. One at
	// Own goes before the others, and without it none of them.
	Writes map[Place]Ballot
	// StopPeer asks to stop what runs at the other site.
	StopPeer bool
	// Quiet is for how long the primary has not been heard of, by a standby.
	Quiet time.Duration
	// Why tells a person.
	Why string
}

// Decide says what this site has to do now. It is pure.
func Decide(s Settings, m Memory, seen Seen) (Decision, Memory) {
	m.Heard = maps.Clone(m.Heard)
	if m.Started.IsZero() {
		m.Started, m.Heard = seen.Now, map[Place]Change{}
	}
	for place, look := range seen.Looks {
		if before, known := m.Heard[place]; look.Known && (!known || !before.same(look.Ballot) || !before.Renewed.Equal(look.Renewed)) {
			m.Heard[place] = Change{look.Ballot, seen.Now}
		}
	}
	if own := seen.Looks[Own]; own.Known {
		m.Last = own.Ballot
	}
	v := voter{Settings: s, m: &m, seen: seen, law: m.Last}
	v.d.Writes = map[Place]Ballot{}
	v.decide()
	v.d.Epoch, v.d.Primary = v.law.Epoch, v.law.Holder
	return v.d, m
}

// voter makes one decision.
type voter struct {
	Settings
	m    *Memory
	seen Seen
	law  Ballot // the ballot that counts
	d    Decision
}

func (v *voter) look(p Place) Look { return v.seen.Looks[p] }

// witnessed tells whether a third place decides.
func (v *voter) witnessed() bool { return v.Settings.Witness != "" }

func (v *voter) decide() {
	v.find()
	switch v.law.Holder {
	case v.Self:
		v.hold()
	case "":
		v.vacant()
	default:
		v.follow()
	}
}

// find settles which ballot counts. The witness' goes before the other site's,
// which may be one that was taken and never confirmed.
func (v *voter) find() {
	if w := v.look(Witness); w.Known && newer(w.Ballot, v.law) {
		v.law = w.Ballot
	}
	if p := v.look(Peer); p.Known && newer(p.Ballot, v.law) && (!v.witnessed() || p.Forced || v.law.Epoch == 0) {
		v.law = p.Ballot
	}
	if w := v.look(Witness); w.Known && w.Epoch == v.law.Epoch && w.Holder == "" {
		v.law = w.Ballot // it has stopped since
	}
	// What another place knows better is written down here, so that it survives.
	if !v.law.same(v.m.Last) && v.law.Epoch > 0 {
		v.d.Writes[Own] = v.law
	}
}

// follow is a site that is not the primary.
func (v *voter) follow() {
	v.d.Role, v.d.Mirror = Standby, v.law.Revision
	v.m.Confirmed = time.Time{}
	v.d.Quiet = v.quiet()
	v.well()
	next := v.law.Epoch + 1
	switch {
	case v.seen.Suspended:
		v.d.Why = v.law.Holder + " is primary; suspended here, so nobody could take over: `spotguide resume`"
	case v.approved(Force(v.Sites, v.Self, next)) && v.d.Quiet >= v.After.Duration:
		v.take("a person has said so", true)
	case v.law.Wanted == v.Self || v.approved(Ask(v.Sites, v.Self, next)) || v.approved(Force(v.Sites, v.Self, next)) || v.due():
		v.ask()
	case v.lost():
		v.inherit()
	case v.witnessed() && !v.look(Witness).Known:
		v.d.Why = fmt.Sprintf("%s is primary; the witness does not answer, so nobody could take over", v.law.Holder)
	case v.d.Quiet >= v.After.Duration:
		v.d.Why = fmt.Sprintf("%s was not heard of for %s: `spotguide failover` takes over", v.law.Holder, v.d.Quiet.Round(time.Second))
	default:
		v.d.Why = v.law.Holder + " is primary"
	}
}

// quiet is for how long nothing was heard of the primary anywhere.
func (v *voter) quiet() time.Duration {
	last := v.m.Started
	for _, p := range []Place{Own, Peer, Witness} {
		if c := v.m.Heard[p]; c.At.After(last) && c.Holder == v.law.Holder {
			last = c.At
		}
	}
	return v.seen.Now.Sub(last)
}

// lost tells whether the primary's time is up in both other places. The other
// site's own ballot does not count: it is not renewed there.
func (v *voter) lost() bool {
	if !v.witnessed() || !v.look(Witness).Known || !v.look(Own).Known {
		return false
	}
	for _, p := range []Place{Own, Witness} {
		if v.seen.Now.Sub(v.m.Heard[p].At) < v.After.Duration {
			return false
		}
	}
	return true
}

// well counts for how long the other site has been in order.
func (v *voter) well() {
	if !v.look(Peer).Known || v.d.Quiet > v.lasts() {
		v.m.Well = time.Time{}
	} else if v.m.Well.IsZero() {
		v.m.Well = v.seen.Now
	}
}

// due tells whether it is time to go back to the first site.
func (v *voter) due() bool {
	return v.Back != nil && v.Self == v.Sites[0] && !v.m.Well.IsZero() && v.seen.Now.Sub(v.m.Well) >= v.Back.Duration
}

func (v *voter) approved(id string) bool {
	for _, a := range v.seen.Approved {
		if a == id {
			return true
		}
	}
	return false
}
