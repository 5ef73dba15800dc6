package sla_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/spotguide/spotguide/monitor/sla"
	"github.com/spotguide/spotguide/spotguides/guide"
)

// healthy is an application of one Deployment with pods pods and nothing wrong.
func healthy(name string, pods int) guide.Observation {
	up := true
	o := guide.Observation{
		Application: name, Namespace: name, Revision: "main@sha1:1",
		Rollout: &guide.RolloutSeen{Healthy: true, LastHealthy: "main@sha1:1"},
		Components: []guide.Workload{{
			Kind: "Deployment", Namespace: name, Name: name,
			Desired: int32(pods), Ready: int32(pods), Floor: 1,
		}},
	}
	for i := range pods {
		o.Pods = append(o.Pods, guide.Pod{
			Namespace: name, Name: fmt.Sprintf("%s-%d", name, i), UID: fmt.Sprint(i), Component: name,
			ComponentKind: "Deployment", Phase: "Running", Ready: true, Node: "n", NodeReady: &up,
		})
	}
	return o
}

// BenchmarkTick decides for 1,000 applications with ten rules each.
func BenchmarkTick(b *testing.B) {
	s := guide.SLA{Rules: []guide.Rule{
		{Name: "node-lost", Each: "pods", Expr: "!it.nodeReady", Action: "reschedule"},
		{Name: "half", Expr: "pods.exists(p, !p.ready)", Action: "notify"},
		{Name: "restarts", Each: "pods", Expr: "it.restarts > 10", Action: "notify"},
	}}
	p, err := newCompiler(b).Compile(sla.Rules(s))
	if err != nil {
		b.Fatal(err)
	}
	for _, pods := range []int{1, 3} {
		b.Run(fmt.Sprintf("workloads=1000/rules=10/pods=%d", pods), func(b *testing.B) {
			var apps []guide.Observation
			for i := range 1000 {
				apps = append(apps, healthy(fmt.Sprintf("app-%d", i), pods))
			}
			now := time.Now()
			b.ReportAllocs()
			for b.Loop() {
				for _, o := range apps {
					if d := sla.Decide(now, p, sla.State{}, o); len(d.Actions)+len(d.Pending) > 0 {
						b.Fatalf("%+v", d)
					}
				}
			}
		})
	}
}
