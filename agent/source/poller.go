package source

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// Fetcher fetches what a reference stands for now. Store is one.
type Fetcher interface {
	Fetch(context.Context, Repository, Reference) (*Snapshot, error)
}

// Update tells followers what became of what they follow: a Snapshot, or Err,
// never both. Keys are sorted.
type Update struct {
	Keys     []string
	Snapshot *Snapshot
	Err      error
}

// atOnce bounds the fetches that run at the same time. They mostly wait for
// servers, so it is far above the number of processors.
const atOnce = 32

// Poller looks at repositories again and again. Followers of the same
// repository, credentials and reference share one request an interval, and one
// Snapshot.
//
// Each follower gets an Update when it begins to follow, when the revision
// changes, when fetching begins to fail, fails otherwise or works again, and
// after NudgeKey. Nothing else is sent: a tick without news is silent.
type Poller struct {
	fetcher Fetcher
	log     *slog.Logger
	updates chan Update
	changed chan struct{} // of size 1: watches came or went
	slots   chan struct{}

	mu      sync.Mutex
	watches map[string]*watch // by repository and reference
	keys    map[string]*watch
}

// NewPoller returns a poller that follows nothing yet.
func NewPoller(f Fetcher, log *slog.Logger) *Poller {
	return &Poller{
		fetcher: f, log: log, updates: make(chan Update), changed: make(chan struct{}, 1),
		slots: make(chan struct{}, atOnce), watches: map[string]*watch{}, keys: map[string]*watch{},
	}
}

// Updates is where news come out, while Run runs. It is never closed. An Update
// that was under way while its follower turned to something else still comes;
// Snapshot.Repository and Snapshot.Reference tell.
func (p *Poller) Updates() <-chan Update { return p.updates }

// Run polls until ctx ends, and returns when all of it has ended.
func (p *Poller) Run(ctx context.Context) error {
	var running sync.WaitGroup
	defer running.Wait()
	started := map[*watch]context.CancelFunc{}
	defer func() {
		for _, cancel := range started {
			cancel()
		}
	}()
	for {
		wanted := p.wanted()
		for w, cancel := range started {
			if !wanted[w] {
				cancel()
				delete(started, w)
			}
		}
		for w := range wanted {
			if started[w] == nil {
				ctx, cancel := context.WithCancel(ctx)
				started[w] = cancel
				running.Go(func() { p.watch(ctx, w) })
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-p.changed:
		}
	}
}

func (p *Poller) wanted() map[*watch]bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := make(map[*watch]bool, len(p.watches))
	for _, w := range p.watches {
		out[w] = true
	}
	return out
}

// Follow makes key follow a reference of a repository, in place of what it
// followed before. Following the same again only sets the interval. It returns
// at once.
func (p *Poller) Follow(key string, repo Repository, ref Reference, interval time.Duration) {
	id := repo.identity() + " " + ref.String()
	p.mu.Lock()
	defer p.mu.Unlock()
	w := p.watches[id]
	if w == nil {
		w = newWatch(id, repo, ref)
		p.watches[id] = w
		signal(p.changed)
	}
	if old := p.keys[key]; old != w {
		p.leave(key)
		p.keys[key] = w
		w.followers[key] = &follower{due: true}
	}
	w.followers[key].interval = interval
	signal(w.joined)
}

// Unfollow ends what Follow began. It returns at once.
func (p *Poller) Unfollow(key string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.leave(key)
}

// leave is called with mu held.
func (p *Poller) leave(key string) {
	w := p.keys[key]
	if w == nil {
		return
	}
	delete(p.keys, key)
	delete(w.followers, key)
	if len(w.followers) == 0 {
		delete(p.watches, w.id)
		signal(p.changed)
	}
}

// Nudge has the repository at an address looked at now, whatever its interval,
// and returns how many followers it has. Any address of it will do: scheme, user,
// port and the ending .git do not count. Nudges that come while one waits or is
// served are made into one. It returns at once.
func (p *Poller) Nudge(url string) int {
	a, err := parseAddress(url)
	if err != nil {
		return 0
	}
	topic, followers := a.topic(), 0
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, w := range p.watches {
		if w.topic == topic {
			followers += len(w.followers)
			signal(w.nudged)
		}
	}
	return followers
}

// NudgeKey has what key follows looked at now, and sends key an Update even
// when there is nothing new. It returns at once.
func (p *Poller) NudgeKey(key string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if w := p.keys[key]; w != nil {
		w.followers[key].forced = true
		signal(w.nudged)
	}
}

// signal leaves word on a channel of size 1, unless word is there already.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
