package observe

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// analyzing is how long one look of an analyzer may take.
const analyzing = 10 * time.Second

// Secrets reads a Secret of a namespace.
type Secrets func(ctx context.Context, namespace, name string) (map[string][]byte, error)

// Analysts run guides' analyzers and add their figures to what an Observer sees.
// An analyzer gets at the application's own pods, by the addresses that the
// cluster says they have, and at its namespace's Secrets. Safe for concurrent use.
type Analysts struct {
	observer *Observer
	secrets  Secrets
	log      *slog.Logger
	slots    chan struct{}
	wake     chan struct{}

	mu       sync.Mutex
	analyzed map[applicationKey]*analyzed
}

type applicationKey struct{ namespace, application string }

// analyzed is an application and its figures.
type analyzed struct {
	applicationKey
	analyzer  guide.Analyzer
	lags      []guide.MetricSource // of other applications
	consumers string
	interval  time.Duration
	workloads []Workload
	leaving   []string
	saw       []string // that were to leave when the figures were made
	next      time.Time
	busy      bool
	figures   map[string]float64
	at        time.Time // zero while there are none
	said      string    // what was told of a failure
}

// NewAnalysts makes Analysts of what observer sees.
func NewAnalysts(observer *Observer, secrets Secrets, log *slog.Logger) *Analysts {
	return &Analysts{
		observer: observer, secrets: secrets, log: log, slots: make(chan struct{}, asking), wake: make(chan struct{}, 1),
		analyzed: map[applicationKey]*analyzed{},
	}
}

// Follow has an application analyzed at an interval until it is told otherwise, and
// asks others for its lag where sources say so; neither ends it.
func (a *Analysts) Follow(t Target, analyzer guide.Analyzer, sources []guide.MetricSource, interval time.Duration) {
	key := applicationKey{t.Namespace, t.Application}
	lags := lagsOf(sources)
	a.mu.Lock()
	defer a.mu.Unlock()
	if analyzer == nil && len(lags) == 0 {
		delete(a.analyzed, key)
		return
	}
	one := a.analyzed[key]
	if one == nil || one.analyzer != analyzer {
		one = &analyzed{applicationKey: key, analyzer: analyzer}
		a.analyzed[key] = one
	}
	if one.next.IsZero() || !slices.Equal(one.leaving, t.Leaving) {
		one.next = time.Time{} // what leaves is looked at at once
		select {
		case a.wake <- struct{}{}:
		default:
		}
	}
	one.lags, one.consumers = lags, t.Consumers
	one.interval, one.workloads, one.leaving = max(interval, 5*time.Second), t.Workloads, t.Leaving
}

// Observe is the Observer's, with the figures that are fresh, three intervals at
// most. A source of monitor.yaml comes before a figure of its name.
func (a *Analysts) Observe(now time.Time, t Target) (guide.Observation, bool) {
	o, known := a.observer.Observe(now, t)
	a.mu.Lock()
	defer a.mu.Unlock()
	one := a.analyzed[applicationKey{t.Namespace, t.Application}]
	if !known || one == nil || one.at.IsZero() || now.Sub(one.at) > staleIntervals*one.interval {
		return o, known
	}
	metrics := maps.Clone(one.figures)
	maps.Copy(metrics, o.Metrics)
	o.Metrics = metrics
	return o, true
}

// Leaving is a fresh figure that speaks of the target's pods that are to leave; false
// where there is none yet.
func (a *Analysts) Leaving(now time.Time, t Target, figure string) (value float64, known bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	one := a.analyzed[applicationKey{t.Namespace, t.Application}]
	if one == nil || one.at.IsZero() || now.Sub(one.at) > staleIntervals*one.interval || !slices.Equal(one.saw, t.Leaving) {
		return 0, false
	}
	value, known = one.figures[figure]
	return value, known
}

// Look analyzes an application that is followed now.
func (a *Analysts) Look(ctx context.Context, t Target) (map[string]float64, error) {
	a.mu.Lock()
	one := a.analyzed[applicationKey{t.Namespace, t.Application}]
	if one == nil {
		a.mu.Unlock()
		return nil, errUnfollowed
	}
	now := *one
	a.mu.Unlock()
	now.leaving = t.Leaving
	return a.look(ctx, now)
}

var errUnfollowed = errors.New("it is not looked at")

// Run analyzes until ctx ends, and waits for what it started.
func (a *Analysts) Run(ctx context.Context) error {
	var running sync.WaitGroup
	defer running.Wait()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-a.wake:
		case <-timer.C:
		}
		due, next := a.due(time.Now())
		for _, one := range due {
			running.Go(func() { a.analyze(ctx, one) })
		}
		timer.Reset(max(time.Until(next), 100*time.Millisecond))
	}
}

// due are the applications to look at now, as copies, and when the next one is.
func (a *Analysts) due(now time.Time) (due []analyzed, next time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	next = now.Add(time.Minute)
	for _, one := range a.analyzed {
		if !one.next.After(now) && !one.busy {
			one.busy, one.next = true, now.Add(one.interval)
			due = append(due, *one)
		}
		if one.next.Before(next) {
			next = one.next
		}
	}
	return due, next
}

// analyze looks at one application, and tells a failure once.
func (a *Analysts) analyze(ctx context.Context, one analyzed) {
	figures, err := a.look(ctx, one)
	if ctx.Err() != nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	now := a.analyzed[one.applicationKey]
	if now == nil || now.analyzer != one.analyzer {
		return
	}
	now.busy = false
	if figures != nil {
		now.figures, now.at, now.saw = figures, time.Now(), one.leaving
	}
	if err == nil {
		now.said = ""
		return
	}
	if now.said != err.Error() {
		now.said = err.Error()
		a.log.Warn("application not analyzed", "namespace", one.namespace, "application", one.application, "error", err)
	}
}

func (a *Analysts) look(ctx context.Context, one analyzed) (figures map[string]float64, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("analyzer panicked: %v", p)
		}
	}()
	ctx, cancel := context.WithTimeout(ctx, analyzing)
	defer cancel()
	select {
	case a.slots <- struct{}{}:
		defer func() { <-a.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if one.analyzer == nil {
		return a.behind(ctx, one)
	}
	analyzed, err := a.wayTo(one)
	if err != nil {
		return nil, err
	}
	if figures, err = one.analyzer.Analyze(ctx, analyzed); err != nil || len(one.lags) == 0 {
		return figures, err
	}
	lags, err := a.behind(ctx, one)
	figures = maps.Clone(figures)
	maps.Copy(figures, lags)
	return figures, err
}

// Reach gives what works on an application its way there, for as long as it takes:
// pods are found where they are at the time.
func (a *Analysts) Reach(namespace, application string) (guide.Analyzed, error) {
	a.mu.Lock()
	one := a.analyzed[applicationKey{namespace, application}]
	if one == nil {
		a.mu.Unlock()
		return guide.Analyzed{}, errUnfollowed
	}
	now := *one
	a.mu.Unlock()
	return a.wayTo(now)
}

// wayTo is how an application is got at.
func (a *Analysts) wayTo(one analyzed) (guide.Analyzed, error) {
	pods := slices.Sorted(maps.Keys(a.observer.table.addresses(one.namespace, one.workloads)))
	if len(pods) == 0 {
		return guide.Analyzed{}, errors.New("no pod runs")
	}
	var dialer net.Dialer
	return guide.Analyzed{
		Namespace: one.namespace, Application: one.application, Pods: pods, Leaving: one.leaving,
		Replicas: a.observer.table.replicas(one.namespace, one.workloads),
		Dial: func(ctx context.Context, pod, port string) (net.Conn, error) {
			address, own := a.observer.table.addresses(one.namespace, one.workloads)[pod]
			if !own {
				return nil, fmt.Errorf("%q is no running pod of %s/%s", pod, one.namespace, one.application)
			}
			return dialer.DialContext(ctx, "tcp", net.JoinHostPort(address, port))
		},
		Secret: func(ctx context.Context, name string) (map[string][]byte, error) {
			return a.secrets(ctx, one.namespace, name)
		},
	}, nil
}

// addresses are those of the workloads' pods that run, by name.
func (t *table) addresses(namespace string, workloads []Workload) map[string]string {
	t.mu.RLock()
	defer t.mu.RUnlock()
	s, addresses := t.spaces[namespace], map[string]string{}
	for _, w := range workloads {
		if s == nil || w.Namespace != "" && w.Namespace != namespace {
			continue
		}
		for _, p := range s.owned[w.Ref] {
			if p.address.IsValid() && p.delete == 0 && p.phase.Value() == "Running" {
				addresses[p.name] = p.address.String()
			}
		}
	}
	return addresses
}

// replicas are how many pods the workloads are to have, by name.
func (t *table) replicas(namespace string, workloads []Workload) map[string]int32 {
	t.mu.RLock()
	defer t.mu.RUnlock()
	s, replicas := t.spaces[namespace], map[string]int32{}
	for _, w := range workloads {
		if s == nil || w.Namespace != "" && w.Namespace != namespace {
			continue
		}
		if known, is := s.workloads[w.Ref]; is {
			replicas[w.Name] = known.desired
		}
	}
	return replicas
}
