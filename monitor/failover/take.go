package failover

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// Ask is what a person approves of to have a site become primary by an epoch, once
// the other one has stopped.
func Ask(sites []string, site string, epoch int64) string { return wish("ask", sites, site, epoch) }

// Force is the same whether or not the other one has stopped, once that has not been
// heard of for long enough to take over.
func Force(sites []string, site string, epoch int64) string { return wish("force", sites, site, epoch) }

func wish(kind string, sites []string, site string, epoch int64) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "failover %s %s %s %d", kind, strings.Join(sites, " "), site, epoch))
	return hex.EncodeToString(sum[:5])
}

// ask wants this site to be the next primary, and waits for the other one to stop.
// One whose agent does not, is stopped from here.
func (v *voter) ask() {
	if v.m.Asked.IsZero() {
		v.m.Asked = v.seen.Now
	}
	wanted := v.law
	wanted.Wanted = v.Self
	for _, p := range []Place{Own, Peer, Witness} {
		if l := v.look(p); l.Known && (p != Witness || v.witnessed()) && l.Epoch <= v.law.Epoch && l.Wanted != v.Self {
			wanted.Renewed = l.Renewed
			v.d.Writes[p] = wanted
		}
	}
	waited := v.seen.Now.Sub(v.m.Asked)
	switch {
	case v.lost():
		v.inherit()
	case !v.look(Peer).Known && !v.witnessed():
		v.d.Why = fmt.Sprintf("%s does not answer, so nobody can tell whether it has stopped: `spotguide failover --force` takes over all the same", v.law.Holder)
	case waited > v.After.Duration && v.look(Peer).Known && !v.witnessed():
		v.inherit()
	default:
		v.d.Why = fmt.Sprintf("waits for %s to stop", v.law.Holder)
	}
}

// inherit takes over from a primary that is not heard of any more. Where its
// cluster answers, what runs there is stopped first.
func (v *voter) inherit() {
	if v.look(Peer).Known && (v.seen.PeerPods == nil || *v.seen.PeerPods > 0) {
		v.d.StopPeer = true
		v.d.Why = fmt.Sprintf("%s is not heard of, but its cluster answers: what runs there is stopped first", v.law.Holder)
		return
	}
	v.take(fmt.Sprintf("%s was not heard of for %s", v.law.Holder, v.d.Quiet.Round(time.Second)), false)
}

// take makes this site the holder of the next epoch in its own place. With a
// witness, that alone starts nothing: see hold.
func (v *voter) take(why string, forced bool) {
	b := Ballot{Sites: v.Sites, Epoch: v.law.Epoch + 1, Holder: v.Self, Renewed: v.seen.Now, Forced: forced, Revision: v.law.Revision}
	if !v.look(Own).Known {
		v.d.Why = "this cluster's own ballot cannot be read"
		return
	}
	clear(v.d.Writes)
	v.d.Writes[Own] = b
	v.m.Asked = time.Time{}
	if forced || !v.witnessed() {
		v.spread(b)
	}
	v.d.Why = "takes over: " + why
}

// spread writes a ballot to the other places that know no newer one.
func (v *voter) spread(b Ballot) {
	for _, p := range []Place{Peer, Witness} {
		if l := v.look(p); l.Known && (p != Witness || v.witnessed()) && l.Epoch <= b.Epoch && (l.Epoch < b.Epoch || l.Holder == b.Holder || l.Epoch == 0) {
			w := b
			if l.Epoch == b.Epoch && l.Wanted != "" {
				w.Wanted = l.Wanted
			}
			v.d.Writes[p] = w
		}
	}
}

// vacant is when nobody is primary: at the very beginning, or after the primary
// has stopped for another.
func (v *voter) vacant() {
	v.d.Role = Standby
	v.m.Confirmed = time.Time{}
	if v.seen.Suspended {
		v.d.Why = "nobody is primary; suspended here: `spotguide resume`"
		return
	}
	if v.law.Epoch == 0 {
		v.begin()
		return
	}
	v.d.Mirror = v.law.Revision
	heir := v.law.Wanted
	if heir == v.Self || v.seen.Now.Sub(v.m.Heard[Own].At) >= v.After.Duration && v.witnessed() {
		if v.witnessed() && !v.look(Witness).Known {
			v.d.Why = "nobody is primary; the witness does not answer"
			return
		}
		v.take("the other site has stopped for it", false)
		return
	}
	v.d.Why = "nobody is primary; waits for " + heir
}

// begin makes the first site primary, by the first epoch.
func (v *voter) begin() {
	if v.Self != v.Sites[0] {
		v.d.Why = "waits for " + v.Sites[0] + " to begin"
		return
	}
	for p, name := range map[Place]string{Peer: v.other(), Witness: "the witness"} {
		if (p == Peer || v.witnessed()) && !v.look(p).Known {
			v.d.Why = fmt.Sprintf("begins once %s answers", name)
			return
		}
	}
	v.take("it is the first site", false)
}
