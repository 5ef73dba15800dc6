package analyze

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/spotguide/spotguide/spotguides/kafka/admin"
	"github.com/spotguide/spotguide/spotguides/kafka/plan"
)

// TestWaits: for how long records wait shows between looks and, at the speed that is
// seen, before the first one.
func TestWaits(t *testing.T) {
	type look struct {
		at        int // second
		next, end int64
		want      time.Duration
	}
	const s = time.Second
	for name, looks := range map[string][]look{
		"all is consumed":                {{0, 100, 100, 0}, {10, 200, 200, 0}},
		"not known at first":             {{0, 50, 100, -1}},
		"between two looks":              {{0, 100, 100, 0}, {10, 150, 200, 5 * s}, {20, 150, 200, 15 * s}, {30, 199, 200, 20*s + s/10}},
		"before the first":               {{0, 50, 100, -1}, {10, 50, 200, 15 * s}, {20, 100, 300, 20 * s}},
		"stands still since nobody knew": {{0, 50, 100, -1}, {10, 50, 100, 10 * s}, {3600, 50, 100, 3600 * s}},
		"stood still, then rose":         {{0, 100, 100, 0}, {10, 100, 100, 0}, {100, 100, 100, 0}, {110, 100, 200, 10 * s}, {120, 150, 200, 15 * s}},
		"made anew":                      {{0, 100, 100, 0}, {10, 200, 200, 0}, {20, 5, 10, -1}, {30, 10, 20, 10 * s}},
		"consumed beyond the end":        {{0, 100, 90, 0}},
	} {
		tides, start := &tides{of: map[application]map[plan.ID]*tide{}}, time.Unix(1e9, 0)
		for _, l := range looks {
			got := tides.waits(start.Add(time.Duration(l.at)*s), application{"data", "events"}, map[plan.ID]admin.Position{
				{Topic: "t"}: {Next: l.next, End: l.end}, {Topic: "u"}: {Next: 7, End: 7},
			})
			if got != l.want {
				t.Errorf("%s: after %ds: %s, want %s", name, l.at, got, l.want)
			}
		}
	}
}

// TestTides: whatever is written and consumed, who has consumed more waits no longer,
// nobody waits longer than since the first look that knew all of it, and what is
// remembered stays small.
func TestTides(t *testing.T) {
	for seed := range uint64(50) {
		random := rand.New(rand.NewPCG(seed, 1))
		one, now, start := &tide{}, time.Unix(1e9, 0), time.Unix(1e9, 0)
		end, first := int64(1000), int64(1000)
		one.rise(start, first)
		for range 500 {
			now = now.Add(time.Duration(1+random.IntN(30)) * time.Second)
			if random.IntN(3) > 0 {
				end += random.Int64N(1000)
			}
			one.rise(now, end)
			before := time.Duration(1 << 62)
			for i := range int64(8) {
				p := admin.Position{Next: first + (end-first)*i/7, End: end}
				waits := one.since(now, p)
				if waits < 0 || waits > before || waits > now.Sub(start) {
					t.Fatalf("seed %d: at %d of %d, after %s: %s, and %s before", seed, p.Next, end, now.Sub(start), waits, before)
				}
				before = waits
			}
			if len(one.marks) > marks {
				t.Fatalf("seed %d: %d marks", seed, len(one.marks))
			}
		}
		all := &tides{of: map[application]map[plan.ID]*tide{{"a", "b"}: {{Topic: "t"}: one}}}
		all.forget(now.Add(ebb))
		if len(all.of) != 1 {
			t.Fatal("forgotten too early")
		}
		if all.forget(now.Add(ebb + 1)); len(all.of) != 0 {
			t.Fatal("not forgotten")
		}
	}
}
