package sites

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/spotguide/spotguide/monitor/failover"
	"github.com/spotguide/spotguide/sync/inventory"
)

// site is one application in this cluster. Its goroutine, run, looks and writes.
type site struct {
	sites   *Sites
	owner   inventory.Owner
	log     *slog.Logger
	started bool // the lock of sites is held
	over    chan struct{}
	woken   chan struct{}

	mu       sync.Mutex
	settings failover.Settings
	revision string
	stands   Standing
	looked   bool

	// Owned by run's goroutine.
	memory   failover.Memory
	own      place
	others   map[failover.Place]*remote
	reported string
}

// remote is another cluster and the Secret that leads there.
type remote struct {
	secret string
	*place
	version string
	at      time.Time // when the Secret was read
}

func newSite(s *Sites, owner inventory.Owner) *site {
	return &site{
		sites: s, owner: owner, log: s.log.With("namespace", owner.Namespace, "application", owner.Application),
		over: make(chan struct{}), woken: make(chan struct{}, 1),
		own: place{s.client, owner.Namespace}, others: map[failover.Place]*remote{},
	}
}

func (o *site) follow(settings failover.Settings) {
	o.mu.Lock()
	o.settings = settings
	o.mu.Unlock()
	o.nudge()
}

func (o *site) runs(revision string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.revision = revision
}

func (o *site) standing() (Standing, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.stands, o.looked
}

func (o *site) nudge() {
	select {
	case o.woken <- struct{}{}:
	default:
	}
}

// run looks at the ballots until the application goes.
func (o *site) run(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-o.over:
			return
		case <-o.woken:
		case <-timer.C:
		}
		o.mu.Lock()
		settings, revision := o.settings, o.revision
		o.mu.Unlock()
		wait := settings.Tick()
		if o.look(ctx, settings, revision) {
			wait = time.Millisecond // it has written what it decides by
		}
		timer.Reset(wait)
	}
}

// take over a decision: what must not run is stopped, and others are told.
func (o *site) settle(ctx context.Context, settings failover.Settings, d failover.Decision, trouble string, pods int) {
	now := Standing{
		Role: d.Role, Site: settings.Self, Epoch: d.Epoch, Primary: d.Primary, Mirror: d.Mirror, Why: d.Why, Trouble: trouble,
		Since: time.Now().UTC().Truncate(time.Millisecond),
	}
	o.mu.Lock()
	before, looked := o.stands, o.looked
	if looked && before.Role == now.Role && before.Epoch == now.Epoch {
		now.Since = before.Since
	}
	switch {
	case d.Primary == "" || d.Primary == settings.Self:
		now.Quiet = before.Quiet // as it was when it took over
	case d.Quiet >= settings.After.Duration:
		now.Quiet = d.Quiet
	}
	o.stands, o.looked = now, true
	o.mu.Unlock()
	if !looked || before.Role != now.Role || before.Epoch != now.Epoch || before.Primary != now.Primary {
		o.log.Info("standing", "role", now.Role, "epoch", now.Epoch, "primary", now.Primary, "why", now.Why)
	}
	if now.Since, before.Since = before.Since, now.Since; !looked || now != before {
		o.sites.changed(o.owner)
	}
	now.Since, before.Since = before.Since, now.Since
	if d.Role == failover.Standby && pods != 0 {
		if err := o.own.stop(ctx, o.owner.Application); err != nil {
			o.log.Error("pods not stopped, will try again", "error", err)
		}
	}
	if peer := o.others[failover.Peer]; d.StopPeer && peer != nil && peer.place != nil {
		if err := peer.stop(ctx, o.owner.Application); err != nil {
			o.log.Warn("pods of the other site not stopped, will try again", "error", err)
		}
	}
	o.report(ctx, Report{Standing: now, Settings: settings})
}
