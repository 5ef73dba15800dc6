package main

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"time"

	"github.com/spotguide/spotguide/monitor"
	"github.com/spotguide/spotguide/monitor/observe"
	"github.com/spotguide/spotguide/monitor/sla"
	"github.com/spotguide/spotguide/spotguides/guide"
)

const (
	looked    = 1000 // applications that the health loop looks at
	podsEach  = 3
	extraRule = "it.restarts > 10 && it.ageSeconds > 86400"
)

// loops is what the health loop costs.
type loops struct {
	rules int
	tick  time.Duration // one look at every application, on one core
	heap  uint64        // bytes, with all that the loops keep
}

func (l loops) String() string {
	return fmt.Sprintf("The health loop looks at %d applications of %d pods by %d rules each in %s on one core, with %.0f MiB of memory.",
		looked, podsEach, l.rules, round(l.tick), float64(l.heap)/(1<<20))
}

// look measures it: nothing is wrong, as nearly always.
func look(rounds int) (l loops, err error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	c, err := sla.NewCompiler()
	if err != nil {
		return l, err
	}
	rules := sla.Rules(guide.SLA{Rules: []guide.Rule{{Name: "old", Each: guide.EachPods, Expr: extraRule, Action: guide.ActionNotify}}})
	program, err := c.Compile(rules)
	if err != nil {
		return l, err
	}
	l.rules = len(rules)
	var all []*monitor.Loop
	for range looked {
		all = append(all, monitor.New(well{}, nil, nil, sla.State{}))
	}
	var ticks []time.Duration
	for round := range max(10, rounds) {
		start := time.Now()
		now := start.Add(time.Duration(round) * 15 * time.Second)
		for i, one := range all {
			step, known := one.Step(now, program, observe.Target{Namespace: "bench", Application: fmt.Sprint(i), Revision: "r1"})
			if !known || len(step.Actions) > 0 {
				return l, fmt.Errorf("the loop acts on what is well: %+v", step.Actions)
			}
		}
		ticks = append(ticks, time.Since(start))
	}
	l.tick = median(ticks)
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	l.heap = m.HeapInuse + m.StackInuse
	runtime.KeepAlive(all)
	return l, nil
}

// well observes applications in which nothing is wrong.
type well struct{}

func (well) Observe(now time.Time, t observe.Target) (guide.Observation, bool) {
	up := true
	o := guide.Observation{
		Application: t.Application, Namespace: t.Namespace, Revision: t.Revision,
		Rollout:    &guide.RolloutSeen{Healthy: true, LastHealthy: t.Revision},
		Components: []guide.Workload{{Kind: "Deployment", Namespace: t.Namespace, Name: t.Application, Desired: podsEach, Ready: podsEach, Updated: podsEach, Observed: true, Floor: 1}},
		Pods:       slices.Grow([]guide.Pod(nil), podsEach),
	}
	age := now.Unix() % math.MaxInt32
	for i := range podsEach {
		o.Pods = append(o.Pods, guide.Pod{
			Namespace: t.Namespace, Name: fmt.Sprintf("%s-%d", t.Application, i), UID: fmt.Sprint(i), Component: t.Application,
			ComponentKind: "Deployment", Phase: "Running", Ready: true, Node: "n", NodeReady: &up, AgeSeconds: age,
		})
	}
	return o, true
}
