package main

import (
	"context"
	"fmt"
	"math"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// How memory grows: the agent has half a minute from the rule to the limit for
// each of the pods.
const (
	leakReplicas = 5
	leakStarts   = 100 // MiB a program begins with
	leakGrows    = 6   // MiB a second
	leakActs     = 650 // MiB from which the rule restarts
	leakLimit    = 1000
)

// memoryAt is what a program holds that has run for so long, in MiB.
func memoryAt(age time.Duration) float64 { return leakStarts + leakGrows*age.Seconds() }

// memory is what a pod holds; nothing while its program does not run.
func memory(p *corev1.Pod, now time.Time) float64 {
	for _, c := range p.Status.ContainerStatuses {
		if r := c.State.Running; r != nil && c.Ready && !r.StartedAt.IsZero() {
			return memoryAt(now.Sub(r.StartedAt.Time))
		}
	}
	return 0
}

// leaked is what was seen of both sides.
type leaked struct {
	killed [2]int
	down   [2]record
	made   record // pods of the agent's side that were not there at the begin
	worst  [2]float64
	dying  map[string]int32 // restarts of a pod when it was killed, by its UID
	begin  map[string]bool  // the pods of the begin
}

// leakSettings are read by the agent alone.
func leakSettings(port uint16) map[string]string {
	return map[string]string{
		"sla.yaml": fmt.Sprintf(`apiVersion: spotguide.dev/v1
kind: SLA
rollout: {soak: 5s}
rules:
- {name: leak, each: components, expr: metrics.memory > %d.0, for: 5s, action: restart, cooldown: 1m}
`, leakActs),
		"monitor.yaml": fmt.Sprintf(`apiVersion: spotguide.dev/v1
kind: Monitor
interval: 5s
sources:
- {name: memory, component: leak, port: %d, interval: 5s, scrape: {metric: memory_mebibytes, over: max}}
`, port),
	}
}

func slowLeak(ctx context.Context, s *scene) error {
	show, err := s.newPage("memory_mebibytes")
	if err != nil {
		return err
	}
	p, err := s.newPair(ctx, "leak", manifest("leak", leakReplicas, `simulate.spotguide.dev/ready-after: 2s`, ""), leakSettings(show.address.Port()))
	if err != nil {
		return err
	}
	s.say("memory grows by %d MiB a second in each pod; %d is the limit, and the rule acts from %d", leakGrows, leakLimit, leakActs)
	seen := leaked{dying: map[string]int32{}, begin: map[string]bool{}}
	for _, one := range p.pods(with) {
		seen.begin[string(one.UID)] = true
	}
	// Both sides are looked at for as long as it takes until all pods of the other
	// one were killed, and are back.
	err = s.ticks(ctx, 6*time.Minute, func(time.Duration) (bool, error) {
		if err := s.lead(ctx, p.pods(with), show); err != nil {
			return false, err
		}
		if err := s.limit(ctx, p, &seen, time.Since(s.now.began)); err != nil {
			return false, err
		}
		show.set(worst(p.pods(with), time.Now()))
		return seen.killed[without] >= leakReplicas && len(seen.dying) == 0 && p.well(without) && p.well(with), nil
	})
	if err != nil {
		return err
	}
	return s.judgeLeak(seen)
}

// worst is the most memory that one of the pods holds: all are asked at one address.
func worst(pods []*corev1.Pod, now time.Time) (most float64) {
	for _, one := range pods {
		if one.DeletionTimestamp == nil {
			most = math.Max(most, memory(one, now))
		}
	}
	return most
}

// limit kills what holds too much, as a kernel does, and lets it start again.
func (s *scene) limit(ctx context.Context, p pair, seen *leaked, at time.Duration) error {
	for i := range 2 {
		made := 0
		for _, one := range p.pods(i) {
			if one.DeletionTimestamp != nil {
				continue
			}
			if !seen.begin[string(one.UID)] {
				made++
			}
			if err := s.limitPod(ctx, one, &seen.killed[i], seen.dying); err != nil {
				return err
			}
		}
		seen.worst[i] = math.Max(seen.worst[i], worst(p.pods(i), time.Now()))
		seen.down[i] = seen.down[i].note(at, max(0, leakReplicas-p.countReady(i)))
		if i == with {
			seen.made = seen.made.note(at, made)
		}
	}
	return nil
}

func (s *scene) limitPod(ctx context.Context, one *corev1.Pod, killed *int, dying map[string]int32) error {
	var restarts int32
	for _, c := range one.Status.ContainerStatuses {
		restarts += c.RestartCount
	}
	before, isDying := dying[string(one.UID)]
	switch {
	case !isDying && memory(one, time.Now()) >= leakLimit:
		dying[string(one.UID)] = restarts
		*killed++
		return s.annotateAll(ctx, []*corev1.Pod{one}, `"simulate.spotguide.dev/crash":"true","simulate.spotguide.dev/crash-reason":"OOMKilled"`)
	case isDying && restarts > before:
		delete(dying, string(one.UID))
		return s.annotateAll(ctx, []*corev1.Pod{one}, `"simulate.spotguide.dev/crash":null`)
	}
	return nil
}

func (s *scene) judgeLeak(seen leaked) error {
	s.say("pods that the agent's restart had made anew: %s", seen.made.tell())
	s.compare("killed at the limit", func(i int) string { return fmt.Sprint(seen.killed[i]) })
	s.compare("pods that were not ready at the worst moment", func(i int) string { return fmt.Sprintf("%d of %d", seen.down[i].most(), leakReplicas) })
	s.compare("most memory of a pod", func(i int) string { return fmt.Sprintf("%.0f MiB", seen.worst[i]) })
	switch {
	case seen.killed[with] > 0:
		return fmt.Errorf("%d of the agent's pods reached their limit", seen.killed[with])
	case seen.down[with].most() > 1:
		return fmt.Errorf("%d of the agent's pods were away at once", seen.down[with].most())
	case seen.made.most() < leakReplicas:
		return fmt.Errorf("the restart made %d of %d pods anew", seen.made.most(), leakReplicas)
	}
	return nil
}
