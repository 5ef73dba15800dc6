package failover

import (
	"fmt"
	"time"
)

// hold is a site whose own place says that it is primary, or is to be.
func (v *voter) hold() {
	switch {
	case v.law.Wanted != "" && v.law.Wanted != v.Self, v.asked():
		v.release()
	case v.candidate():
		v.confirm()
	default:
		v.renew()
	}
}

// asked looks in the other places for the other site's wish.
func (v *voter) asked() bool {
	for _, p := range []Place{Peer, Witness} {
		if l := v.look(p); l.Known && l.Epoch == v.law.Epoch && l.Wanted == v.other() {
			v.law.Wanted = v.other()
			return true
		}
	}
	return false
}

// release stops, and says so everywhere once nothing runs.
func (v *voter) release() {
	v.d.Role, v.d.Why = Standby, "stops for "+v.law.Wanted
	if v.seen.Pods == nil || *v.seen.Pods > 0 {
		return
	}
	b := v.law
	b.Holder, b.Renewed = "", v.seen.Now
	v.d.Writes[Own] = b
	for _, p := range []Place{Peer, Witness} {
		if l := v.look(p); l.Known && (p != Witness || v.witnessed()) && l.Epoch <= b.Epoch {
			v.d.Writes[p] = b
		}
	}
}

// candidate tells whether the witness still has to agree.
func (v *voter) candidate() bool {
	return v.witnessed() && !v.law.Forced && !v.law.Granted && v.m.Confirmed.IsZero()
}

// confirm asks the witness, which agrees when it has not heard of the other site
// for as long, or that one has stopped.
func (v *voter) confirm() {
	v.d.Role, v.d.Why = Standby, "asks the witness"
	w := v.look(Witness)
	if !w.Known {
		return
	}
	free := w.Epoch == 0 || w.Holder == "" || w.Holder == v.Self || v.seen.Now.Sub(v.m.Heard[Witness].At) >= v.After.Duration
	if !free {
		v.d.Why = fmt.Sprintf("gives way: the witness has heard of %s", w.Holder)
		v.d.Writes[Own] = w.Ballot
		return
	}
	b := v.law
	b.Renewed, b.Granted = v.seen.Now, true
	v.d.Writes[Witness] = b
}

// renew keeps the primary one: others have to hear of it, or, where nobody could
// take over, none need.
func (v *voter) renew() {
	b := v.law
	b.Renewed, b.Wanted, b.Granted = v.seen.Now, "", v.witnessed() && !v.law.Forced
	if v.seen.Revision != "" {
		b.Revision = v.seen.Revision
	}
	v.spread(b)
	if b.Renewed = v.m.Confirmed; b.Renewed.IsZero() {
		b.Renewed = v.law.Renewed
	}
	if v.look(Own).Known && (!b.same(v.m.Last) || !b.Renewed.Equal(v.m.Last.Renewed)) {
		v.d.Writes[Own] = b
	}
	if !v.witnessed() || v.law.Forced && v.m.Confirmed.IsZero() {
		v.d.Role = Primary
		return
	}
	v.remain()
}

// remain is for how long a primary is one still.
func (v *voter) remain() {
	until := v.m.Confirmed.Add(v.lasts())
	if v.m.Confirmed.IsZero() { // as an agent before this one has written it down
		until = v.law.Renewed.Add(v.lasts())
		if latest := v.m.Started.Add(v.lasts()); latest.Before(until) {
			until = latest
		}
	}
	left := until.Sub(v.seen.Now)
	switch {
	case left <= 0:
		v.d.Role = Standby
		v.d.Why = fmt.Sprintf("stopped: neither %s nor the witness can be told that this site runs, so the other one may take over", v.other())
	case v.m.Confirmed.IsZero():
		v.d.Role, v.d.Why = Undecided, "finds out whether it is still primary"
	default:
		v.d.Role = Primary
		if left < v.lasts()/2 {
			v.d.Why = fmt.Sprintf("neither %s nor the witness answers: it stops in %s", v.other(), left.Round(time.Second))
		}
	}
}

// Took tells that a ballot of Decision.Writes was written at a place; asked is when
// that was begun.
func (m Memory) Took(p Place, b Ballot, self string, asked time.Time) Memory {
	if p != Own && b.Holder == self && asked.After(m.Confirmed) {
		m.Confirmed = asked
	}
	return m
}
