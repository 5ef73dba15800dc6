package observe

import (
	"context"
	"errors"
	"maps"
	"math"
	"net/netip"
	goreflect "reflect"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// Bounds of what is asked of pods.
const (
	asking         = 16 // pods at a time, in all
	defaultTimeout = 3 * time.Second
	staleIntervals = 3
	podsAsked      = 50 // of one source; more are not summed up
)

// Endpoint is a pod that a source asks.
type Endpoint struct {
	UID     string
	Address netip.Addr
	Ready   bool
}

// Sampler asks the pods of applications for the metrics of monitor.yaml. It asks
// no other address: the addresses are those that the cluster says the
// application's own pods have, and pods of a node's own network are left out.
// Safe for concurrent use.
type Sampler struct {
	endpoints func(namespace string, workload Ref) []Endpoint
	slots     chan struct{}
	wake      chan struct{}

	mu      sync.Mutex
	sources map[sourceKey]*sampled
}

type sourceKey struct{ namespace, application, name string }

// sampled is a source and its last answer.
type sampled struct {
	guide.MetricSource
	workload  Ref
	namespace string
	next      time.Time
	busy      bool
	value     float64
	at        time.Time          // zero while there was no answer
	pages     map[string]reading // by pod, for rates
}

// reading is the value of one pod at a time.
type reading struct {
	value float64
	at    time.Time
}

func newSampler(endpoints func(string, Ref) []Endpoint) *Sampler {
	return &Sampler{
		endpoints: endpoints, slots: make(chan struct{}, asking), wake: make(chan struct{}, 1),
		sources: map[sourceKey]*sampled{},
	}
}

// Follow replaces the sources of an application; none end it. interval is that of
// sources without one of their own. Sources of workloads that are not the
// target's ask nobody.
func (s *Sampler) Follow(t Target, sources []guide.MetricSource, interval time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	wanted := map[sourceKey]bool{}
	for _, source := range sources {
		if source.Kafka != nil {
			continue // is not the pods'
		}
		key := sourceKey{t.Namespace, t.Application, source.Name}
		wanted[key] = true
		i := slices.IndexFunc(t.Workloads, func(w Workload) bool { return w.Component == source.Component })
		if i < 0 {
			delete(s.sources, key)
			continue
		}
		w := t.Workloads[i]
		if w.Namespace == "" {
			w.Namespace = t.Namespace
		}
		settle(&source, interval)
		if old := s.sources[key]; old != nil && old.workload == w.Ref && goreflect.DeepEqual(old.MetricSource, source) {
			continue
		}
		s.sources[key] = &sampled{MetricSource: source, workload: w.Ref, namespace: w.Namespace}
	}
	maps.DeleteFunc(s.sources, func(k sourceKey, _ *sampled) bool {
		return k.namespace == t.Namespace && k.application == t.Application && !wanted[k]
	})
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

func settle(source *guide.MetricSource, interval time.Duration) {
	or := func(d *time.Duration, fallback time.Duration) {
		if *d <= 0 {
			*d = fallback
		}
	}
	or(&source.Interval.Duration, max(interval, 5*time.Second))
	or(&source.Timeout.Duration, defaultTimeout)
	or(&source.Stale.Duration, staleIntervals*source.Interval.Duration)
	source.Timeout.Duration = min(source.Timeout.Duration, source.Interval.Duration)
}

// Values are the metrics of an application that are known and fresh.
func (s *Sampler) Values(now time.Time, namespace, application string) map[string]float64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	var values map[string]float64
	for key, one := range s.sources {
		if key.namespace != namespace || key.application != application || one.at.IsZero() || now.Sub(one.at) > one.Stale.Duration {
			continue
		}
		if values == nil {
			values = map[string]float64{}
		}
		values[key.name] = one.value
	}
	return values
}

// Run asks until ctx ends, and waits for what it started.
func (s *Sampler) Run(ctx context.Context) error {
	var asked sync.WaitGroup
	defer asked.Wait()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.wake:
		case <-timer.C:
		}
		due, next := s.due(time.Now())
		for _, one := range due {
			asked.Go(func() { s.ask(ctx, one) })
		}
		timer.Reset(max(time.Until(next), 100*time.Millisecond))
	}
}

// due are the sources to ask now, and when the next one is.
func (s *Sampler) due(now time.Time) (due []*sampled, next time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	next = now.Add(time.Minute)
	for _, one := range s.sources {
		if !one.next.After(now) && !one.busy {
			one.busy, one.next = true, now.Add(one.Interval.Duration)
			due = append(due, one)
		}
		if one.next.Before(next) {
			next = one.next
		}
	}
	return due, next
}

// ask asks all pods of a source. One that does not answer makes the metric
// unknown, but for a probe, which counts those that do.
func (s *Sampler) ask(ctx context.Context, one *sampled) {
	endpoints := s.endpoints(one.namespace, one.workload)
	if one.Scrape != nil {
		endpoints = slices.DeleteFunc(endpoints, func(e Endpoint) bool { return !e.Ready })
	}
	ctx, cancel := context.WithTimeout(ctx, 2*one.Timeout.Duration)
	defer cancel()
	readings := make([]reading, len(endpoints))
	group, ctx := errgroup.WithContext(ctx)
	for i, e := range endpoints[:min(len(endpoints), podsAsked)] {
		group.Go(func() error {
			select {
			case s.slots <- struct{}{}:
				defer func() { <-s.slots }()
			case <-ctx.Done():
				return ctx.Err()
			}
			value, err := askPod(ctx, one.MetricSource, e.Address)
			readings[i] = reading{value, time.Now()}
			return err
		})
	}
	err := group.Wait()
	if len(endpoints) > podsAsked {
		err = errors.New("too many pods")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	one.busy = false
	if err == nil {
		one.take(endpoints, readings)
	}
}

// take makes one value of all readings. The lock is held.
func (one *sampled) take(endpoints []Endpoint, readings []reading) {
	before, rate := one.pages, one.Scrape != nil && one.Scrape.Rate
	one.pages = map[string]reading{}
	var values []float64
	for i, e := range endpoints {
		r := readings[i]
		if rate {
			one.pages[e.UID] = r
			old, known := before[e.UID]
			if !known || r.value < old.value || !r.at.After(old.at) {
				continue // a new pod, or a counter that began anew
			}
			r.value = (r.value - old.value) / r.at.Sub(old.at).Seconds()
		}
		values = append(values, r.value)
	}
	if value := one.together(values); !math.IsNaN(value) && !math.IsInf(value, 0) && (len(values) == len(endpoints) || !rate) {
		one.value, one.at = value, time.Now()
	}
}

// together is NaN where there is nothing to put together.
func (one *sampled) together(values []float64) float64 {
	if one.Scrape == nil {
		return sum(values)
	}
	if len(values) == 0 {
		return math.NaN()
	}
	switch one.Scrape.Over {
	case guide.OverAverage:
		return sum(values) / float64(len(values))
	case guide.OverMax:
		return slices.Max(values)
	case guide.OverMin:
		return slices.Min(values)
	}
	return sum(values)
}

func sum(values []float64) (total float64) {
	for _, v := range values {
		total += v
	}
	return total
}
