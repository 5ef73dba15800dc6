package sites

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/spotguide/spotguide/monitor/failover"
)

// secretAge is for how long a Secret that leads to another cluster is believed.
const secretAge = 30 * time.Second

// look looks at all places, decides and writes. It tells whether it has changed
// something that it should look at again.
func (o *site) look(ctx context.Context, settings failover.Settings, revision string) (again bool) {
	ctx, cancel := context.WithTimeout(ctx, 2*settings.Tick())
	defer cancel()
	asked := time.Now()
	places, trouble := o.places(ctx, settings)
	looks, problems := o.read(ctx, places)
	said := o.sites.heard(o.owner.Namespace)
	seen := failover.Seen{
		Now: time.Now(), Looks: map[failover.Place]failover.Look{}, Revision: revision, Approved: said.approved, Suspended: said.suspended,
	}
	for p, f := range looks {
		seen.Looks[p] = f.Look
	}
	pods, err := o.own.pods(ctx, o.owner.Application)
	if err == nil {
		seen.Pods = &pods
	} else {
		pods = -1
	}
	if peer := places[failover.Peer]; peer != nil && looks[failover.Peer].Known && o.memory.Last.Holder != settings.Self {
		if n, err := peer.pods(ctx, o.owner.Application); err == nil {
			seen.PeerPods = &n
		}
	}
	d, memory := failover.Decide(settings, o.memory, seen)
	o.memory = memory
	again = o.write(ctx, places, looks, d, settings.Self, asked)
	for _, p := range []failover.Place{failover.Own, failover.Peer, failover.Witness} {
		if err := problems[p]; err != nil && trouble == "" {
			trouble = err.Error()
		}
	}
	o.settle(ctx, settings, d, trouble, pods)
	return again
}

// places are those that can be reached, as far as is known.
func (o *site) places(ctx context.Context, settings failover.Settings) (map[failover.Place]*place, string) {
	all, trouble := map[failover.Place]*place{failover.Own: &o.own}, ""
	for p, secret := range map[failover.Place]string{failover.Peer: settings.Failover.Peer, failover.Witness: settings.Failover.Witness} {
		if secret == "" {
			delete(o.others, p)
			continue
		}
		r := o.others[p]
		if r == nil || r.secret != secret || r.place == nil || time.Since(r.at) > secretAge {
			to, version, err := o.sites.elsewhere(ctx, o.owner.Namespace, secret, settings.Tick())
			switch {
			case err == nil && (r == nil || r.secret != secret || r.version != version):
				r = &remote{secret: secret, place: to, version: version}
				o.others[p] = r
			case err != nil && (r == nil || r.secret != secret):
				trouble = err.Error()
				continue
			case err != nil:
				trouble = err.Error() // what is known of it goes on
			}
			r.at = time.Now()
		}
		all[p] = r.place
	}
	return all, trouble
}

// read looks at all places at once.
func (o *site) read(ctx context.Context, places map[failover.Place]*place) (map[failover.Place]found, map[failover.Place]error) {
	var (
		reading sync.WaitGroup
		mu      sync.Mutex
	)
	looks, problems := map[failover.Place]found{}, map[failover.Place]error{}
	for p, at := range places {
		reading.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, o.timeout())
			defer cancel()
			f, err := at.read(ctx, o.owner.Application)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				problems[p] = fmt.Errorf("%s: %w", map[failover.Place]string{
					failover.Own: "this cluster", failover.Peer: "the other site", failover.Witness: "the witness",
				}[p], err)
				return
			}
			looks[p] = f
		})
	}
	reading.Wait()
	return looks, problems
}

func (o *site) timeout() time.Duration {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.settings.Tick()
}

// write writes what was decided, this site's own ballot first, and tells whether a
// ballot is another one now.
func (o *site) write(ctx context.Context, places map[failover.Place]*place, looks map[failover.Place]found, d failover.Decision, self string, asked time.Time) (again bool) {
	for _, p := range []failover.Place{failover.Own, failover.Witness, failover.Peer} {
		b, wanted := d.Writes[p]
		if !wanted || !looks[p].Known {
			continue
		}
		before := looks[p]
		if err := places[p].write(ctx, o.owner.Application, before, b); err != nil {
			o.log.Info("ballot not written, will look again", "place", p, "error", err)
			if p == failover.Own {
				return false
			}
			continue
		}
		unconfirmed := o.memory.Confirmed.IsZero()
		o.memory = o.memory.Took(p, b, self, asked)
		again = again || unconfirmed && !o.memory.Confirmed.IsZero() || before.Epoch != b.Epoch || before.Holder != b.Holder || before.Granted != b.Granted
	}
	return again
}
