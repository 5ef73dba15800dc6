package plan_test

import (
	"testing"

	"github.com/spotguide/spotguide/spotguides/kafka/plan"
)

// BenchmarkMake plans for 200 brokers and 100,000 partitions of three replicas
// each.
func BenchmarkMake(b *testing.B) {
	for _, s := range []shape{
		{brokers: 200, racks: 3, partitions: 100_000, factor: 3, seed: 1},
		{brokers: 200, racks: 5, partitions: 100_000, factor: 3, seed: 2},
		{brokers: 200, racks: 5, partitions: 100_000, factor: 3, seed: 3, messy: true},
		{brokers: 200, racks: 3, partitions: 100_000, factor: 3, seed: 4, messy: true},
		{brokers: 10, racks: 3, partitions: 100_000, factor: 3, seed: 5, messy: true},
	} {
		for _, situation := range situations(s) {
			b.Run(s.String()+"/"+situation.name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					p, err := plan.Make(situation.cluster, situation.request)
					if err != nil {
						b.Fatal(err)
					}
					report(b, p)
				}
			})
		}
	}
}

// BenchmarkAgainstGenerate reports what the planner and Kafka's --generate copy
// and leave behind for the same situation.
func BenchmarkAgainstGenerate(b *testing.B) {
	s := shape{brokers: 60, racks: 3, partitions: 20_000, factor: 3, seed: 6}
	for _, situation := range situations(s) {
		if situation.request.Operation == plan.Replicate || situation.request.Operation == plan.Lead {
			continue
		}
		b.Run(situation.name+"/planner", func(b *testing.B) {
			for b.Loop() {
				p, err := plan.Make(situation.cluster, situation.request)
				if err != nil {
					b.Fatal(err)
				}
				report(b, p)
			}
		})
		b.Run(situation.name+"/generate", func(b *testing.B) {
			for b.Loop() {
				p, err := plan.Follow(situation.cluster, generated(situation.cluster, 1), plan.Options{}, true)
				if err != nil {
					b.Fatal(err)
				}
				report(b, p)
			}
		})
	}
}

func report(b *testing.B, p plan.Plan) {
	b.ReportMetric(float64(p.Cost.Replicas), "replicas")
	b.ReportMetric(float64(p.Cost.Bytes)/(1<<30), "GiB")
	if p.Bound.Replicas > 0 {
		b.ReportMetric(float64(p.Cost.Replicas)/float64(p.Bound.Replicas), "replicas/bound")
	}
	b.ReportMetric(p.After.Replicas.Imbalance, "replicas-imbalance")
	b.ReportMetric(p.After.Bytes.Imbalance, "bytes-imbalance")
	b.ReportMetric(p.After.Leaders.Imbalance, "leaders-imbalance")
	b.ReportMetric(p.After.Network.Imbalance, "network-imbalance")
}
