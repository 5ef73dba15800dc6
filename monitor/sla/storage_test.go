package sla_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/spotguide/spotguide/monitor/sla"
	"github.com/spotguide/spotguide/spotguides/guide"
)

// Whatever is measured, a volume never shrinks, never surpasses max, and grows no
// more often than once in six hours.
func TestGrowthStaysWithinBounds(t *testing.T) {
	c := newCompiler(t)
	for seed := range uint64(15) {
		r := rand.New(rand.NewPCG(seed, 7))
		most := int64(1+r.IntN(40)) << 30
		grow := []string{"", "1%", "300%", "7Gi", "100Mi"}[r.IntN(5)]
		p, err := c.Program(guide.SLA{Storage: map[string]guide.StorageGrowth{"*": {Grow: grow, Max: fmt.Sprint(most), Metric: "used"}}})
		if err != nil {
			t.Fatal(err)
		}
		size := int64(r.IntN(30<<30) + 1)
		claim := guide.Claim{Namespace: "ns", Name: "data", UID: "1", Volume: "data", Requested: size, Capacity: size, Expandable: true}
		now, last, state := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), time.Time{}, sla.State{}
		for range 200 {
			now = now.Add(time.Duration(r.IntN(int(2 * time.Hour))))
			o := guide.Observation{Namespace: "ns", Volumes: []guide.Claim{claim}, Metrics: map[string]float64{"used": r.Float64() * 1.3}}
			d := sla.Decide(now, p, state, o)
			state = sla.State{}
			if err := json.Unmarshal([]byte(encode(t, d.State)), &state); err != nil {
				t.Fatal(err)
			}
			for _, a := range d.Actions {
				if a.Kind != sla.Expand {
					continue
				}
				q := resource.MustParse(a.Size)
				if q.Value() <= claim.Requested || q.Value() > max(most, claim.Requested) {
					t.Fatalf("seed %d: from %d to %s, most %d", seed, claim.Requested, a.Size, most)
				}
				if !last.IsZero() && now.Sub(last) < 6*time.Hour {
					t.Fatalf("seed %d: again after %s", seed, now.Sub(last))
				}
				last, claim.Requested = now, q.Value()
			}
			if r.IntN(2) == 0 {
				claim.Capacity = claim.Requested
			}
		}
		if growing := most > size+1<<30; growing && last.IsZero() {
			t.Errorf("seed %d: never grew from %d to %d", seed, size, most)
		}
	}
}
