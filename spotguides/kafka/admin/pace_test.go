package admin

import (
	"testing"
	"time"
)

func TestAdapt(t *testing.T) {
	limits := Limits{MinMoves: 2, MaxMoves: 50, MinRate: 1000, MaxRate: 100_000}
	ms := time.Millisecond
	tests := []struct {
		name   string
		from   Pace
		limits Limits
		signal Signal
		want   Pace
	}{
		{"nothing known", Pace{10, 20_000}, limits, Signal{}, Pace{15, 30_000}},
		{"as usual", Pace{10, 20_000}, limits, Signal{Latency: 10 * ms, Usual: 10 * ms}, Pace{15, 30_000}},
		{"up to the limit", Pace{48, 95_000}, limits, Signal{}, Pace{50, 100_000}},
		{"noticed", Pace{10, 20_000}, limits, Signal{Latency: 13 * ms, Usual: 10 * ms}, Pace{10, 20_000}},
		{"just not yet", Pace{10, 20_000}, limits, Signal{Latency: 129 * ms, Usual: 100 * ms}, Pace{15, 30_000}},
		{"suffered", Pace{10, 20_000}, limits, Signal{Latency: 20 * ms, Usual: 10 * ms}, Pace{5, 10_000}},
		{"down to the limit", Pace{3, 1500}, limits, Signal{Latency: 90 * ms, Usual: 10 * ms}, Pace{2, 1000}},
		{"short of replicas", Pace{50, 100_000}, limits, Signal{Short: 1, Latency: ms, Usual: ms}, Pace{2, 1000}},
		{"no throttle", Pace{10, 0}, Limits{MinMoves: 1, MaxMoves: 20}, Signal{}, Pace{12, 0}},
		{"never none", Pace{1, 0}, Limits{}, Signal{Latency: 9 * ms, Usual: ms}, Pace{1, 0}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := test.from.Adapt(test.limits, test.signal); got != test.want {
				t.Errorf("got %+v, want %+v", got, test.want)
			}
		})
	}
}
