package objective

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/spotguide/spotguide/spotguides/guide"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func answers(t testing.TB, window string) *Objective {
	t.Helper()
	o, err := New(guide.Objective{Name: "answers", Target: 99.9, Window: window, Good: "good", Total: "total"})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// play looks every step for a while; rate is how much is bad, negative for not
// known.
func play(o *Objective, s State, from time.Time, during, step time.Duration, bad float64) (State, time.Time) {
	end := from.Add(during)
	for now := from.Add(step); !now.After(end); now = now.Add(step) {
		metrics := map[string]float64{"total": 100}
		if bad >= 0 {
			metrics["good"] = 100 - bad
		}
		s = o.Look(now, metrics, s)
	}
	return s, end
}

func begin(o *Objective) State { return o.Look(start, nil, State{}) }

// The numbers of the SRE workbook: at a burn rate of 14.4, 2% of a month's budget
// goes in an hour, and a page comes then.
func TestBurnsAsTheWorkbookSays(t *testing.T) {
	o := answers(t, "30d")
	s, at := play(o, begin(o), start, 24*time.Hour, time.Minute, 0)
	before := *s.Figures.Left
	s, _ = play(o, s, at, time.Hour, time.Minute, 1.44+0.001) // of 0.1 that are allowed
	if got := s.Severity(); got != Page {
		t.Errorf("severity %q, figures %+v", got, s.Figures)
	}
	if spent := before - *s.Figures.Left; math.Abs(spent-0.02) > 0.001 {
		t.Errorf("an hour at 14.4 has spent %.4f of the budget, not 2%%", spent)
	}
	if got := *s.Figures.Burns[0].Long; math.Abs(got-14.41) > 0.3 {
		t.Errorf("burns at %v", got)
	}
}

// An alert ends when the short window is quiet, long before the long one is.
func TestAlertEnds(t *testing.T) {
	o := answers(t, "30d")
	s, at := play(o, begin(o), start, 2*time.Hour, time.Minute, 10)
	if s.Severity() != Page {
		t.Fatalf("no page at a burn rate of 100: %+v", s.Figures)
	}
	s, at = play(o, s, at, 9*time.Minute, time.Minute, 0)
	if !s.Alerts[0].On {
		t.Error("ended within the short window")
	}
	s, _ = play(o, s, at, 3*time.Minute, time.Minute, 0)
	if s.Alerts[0].On || *s.Figures.Burns[0].Long < 14.4 {
		t.Errorf("alert is %+v at %v", s.Alerts[0], *s.Figures.Burns[0].Long)
	}
}

// What is not known neither begins nor ends an alert, spends nothing, and makes
// nothing good.
func TestMissing(t *testing.T) {
	o := answers(t, "30d")
	s, at := play(o, begin(o), start, 2*time.Hour, time.Minute, 10)
	left := *s.Figures.Left
	s, at = play(o, s, at, 90*time.Minute, time.Minute, -1)
	if s.Severity() != Page || s.Figures.Missing != "good is not known" || s.Figures.Burns[0].Long != nil {
		t.Errorf("severity %q, %+v", s.Severity(), s.Figures)
	}
	// A gap counts as what is known does.
	if got := *s.Figures.Left; got > left {
		t.Errorf("%v is left after a gap, was %v", got, left)
	}
	s, at = play(o, s, at, 3*time.Hour, time.Minute, -1)
	if s.Figures.Left != nil {
		t.Errorf("%v is left though most is not known", *s.Figures.Left)
	}
	// Nobody looked: neither is that time counted.
	known, _, _ := sums(at, 24*time.Hour, s.Buckets)
	s = o.Look(at.Add(time.Hour), map[string]float64{"good": 100, "total": 100}, s)
	if got, _, _ := sums(at.Add(time.Hour), 24*time.Hour, s.Buckets); got != known {
		t.Errorf("an hour in which nobody looked counts: %s, was %s", got, known)
	}
}

func TestMeasure(t *testing.T) {
	half, three := 0.5, 3.0
	ratio := guide.Objective{Target: 99, Good: "good", Total: "total"}
	bad := guide.Objective{Target: 99, Bad: "bad", Total: "total"}
	bounds := guide.Objective{Target: 99, Metric: "p99", AtLeast: &half, AtMost: &three}
	tests := map[string]struct {
		of         guide.Objective
		metrics    map[string]float64
		bad, total float64
		why        string
	}{
		"good":           {ratio, map[string]float64{"good": 9, "total": 10}, 1, 10, ""},
		"none":           {ratio, map[string]float64{"good": 0, "total": 0}, 0, 0, ""},
		"more than all":  {ratio, map[string]float64{"good": 11, "total": 10}, 0, 10, ""},
		"no good":        {ratio, map[string]float64{"total": 10}, 0, 0, "good is not known"},
		"no total":       {ratio, map[string]float64{"good": 10}, 0, 0, "total is not known"},
		"no number":      {ratio, map[string]float64{"good": math.NaN(), "total": 10}, 0, 0, "good is no number"},
		"below zero":     {ratio, map[string]float64{"good": 1, "total": -1}, 0, 0, "total is -1, below zero"},
		"bad":            {bad, map[string]float64{"bad": 3, "total": 10}, 3, 10, ""},
		"more bad":       {bad, map[string]float64{"bad": 30, "total": 10}, 10, 10, ""},
		"within":         {bounds, map[string]float64{"p99": 3}, 0, 1, ""},
		"above":          {bounds, map[string]float64{"p99": 3.1}, 1, 1, ""},
		"below":          {bounds, map[string]float64{"p99": 0.4}, 1, 1, ""},
		"infinite":       {bounds, map[string]float64{"p99": math.Inf(1)}, 0, 0, "p99 is no number"},
		"metric unknown": {bounds, nil, 0, 0, "p99 is not known"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			o, err := New(tt.of)
			if err != nil {
				t.Fatal(err)
			}
			bad, total, why := o.measure(tt.metrics)
			if why != tt.why || why == "" && (bad != tt.bad || total != tt.total) {
				t.Errorf("%v of %v, %q", bad, total, why)
			}
		})
	}
}

func TestNewRefuses(t *testing.T) {
	for name, o := range map[string]guide.Objective{
		"no target": {Window: "30d"}, "all": {Target: 100}, "no number": {Target: math.NaN()},
		"window": {Target: 99, Window: "30"}, "short": {Target: 99, Window: "0h"}, "long": {Target: 99, Window: "91d"},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("%s: %+v is taken", name, o)
		}
	}
}

// A state of another measure, and one of a clock that was wrong, are worth nothing.
func TestStartsAfresh(t *testing.T) {
	o := answers(t, "30d")
	s, at := play(o, begin(o), start, time.Hour, time.Minute, 50)
	other, err := New(guide.Objective{Target: 99, Bad: "good", Total: "total"})
	if err != nil {
		t.Fatal(err)
	}
	for name, got := range map[string]State{
		"measure": other.Look(at, nil, s), "clock": o.Look(start.Add(-time.Hour), nil, s),
	} {
		if len(got.Buckets) > 0 || got.Spent || got.Severity() != "" {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := o.Look(start.Add(30*time.Minute), nil, s); len(got.Buckets) >= len(s.Buckets) {
		t.Error("what lies in the future still counts")
	}
}

// history is a random one: gaps, bursts, restarts through JSON.
func history(t testing.TB, o *Objective, r *rand.Rand, worse float64) State {
	s, now := begin(o), start
	for range 1500 {
		step := time.Duration(1+r.IntN(90)) * time.Second
		if r.IntN(200) == 0 {
			step = time.Duration(r.IntN(72)) * time.Hour
		}
		now = now.Add(step)
		metrics := map[string]float64{}
		total := float64(r.IntN(1000))
		failed := min(total, float64(r.IntN(20)*r.IntN(2))*worse)
		if r.IntN(20) > 0 {
			metrics["total"], metrics["good"] = total, total-failed
		}
		s = o.Look(now, metrics, s)
		if r.IntN(500) == 0 {
			s = restarted(t, s)
		}
	}
	return s
}

func restarted(t testing.TB, s State) (out State) {
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// For random histories, figures stay within their bounds and the memory within
// its; and where more is bad, no less is spent.
func TestBoundsAndMonotone(t *testing.T) {
	for seed := range uint64(2) {
		for _, window := range []string{"1h", "1d", "30d", "90d"} {
			o := answers(t, window)
			better := history(t, o, rand.New(rand.NewPCG(seed, 1)), 1)
			worse := history(t, o, rand.New(rand.NewPCG(seed, 1)), 3)
			for _, s := range []State{better, worse} {
				check(t, o, s)
			}
			a, b := better.Figures.Left, worse.Figures.Left
			if (a == nil) != (b == nil) || a != nil && *b > *a {
				t.Fatalf("seed %d %s: %v is left where more was bad, %v where less was", seed, window, *b, *a)
			}
		}
	}
}

func check(t *testing.T, o *Objective, s State) {
	t.Helper()
	if n := len(s.Buckets); n >= MaxBuckets {
		t.Fatalf("%d buckets", n)
	}
	text, err := json.Marshal(s)
	if err != nil || len(text) > 12<<10 {
		t.Fatalf("%d bytes, %v", len(text), err)
	}
	most := 1/o.allowed + 1e-3
	if l := s.Figures.Left; l != nil && (*l > 1 || *l < 1-most) {
		t.Fatalf("%v is left", *l)
	}
	for _, b := range s.Figures.Burns {
		for _, rate := range []*float64{b.Long, b.Short} {
			if rate != nil && (*rate < 0 || *rate > most) {
				t.Fatalf("burns at %v", *rate)
			}
		}
	}
	for i, b := range s.Buckets {
		if b.Bad < 0 || b.Bad > b.Total+1e-6 || b.Known > b.To.Sub(b.From)+time.Millisecond {
			t.Fatalf("bucket %d: %+v", i, b)
		}
		if i > 0 && b.From.Before(s.Buckets[i-1].To) {
			t.Fatalf("buckets %d and %d overlap", i-1, i)
		}
	}
}

// Merging loses no count, a restart nothing at all, and Look leaves what it was
// given alone.
func TestKeepsCounts(t *testing.T) {
	o := answers(t, "30d")
	s, at := play(o, begin(o), start, 5*24*time.Hour, time.Minute, 0.05)
	_, bad, total := sums(at, 30*24*time.Hour, s.Buckets)
	if want := (5 * 24 * time.Hour).Seconds(); math.Abs(total-100*want) > 1 || math.Abs(bad-0.05*want) > 1 {
		t.Errorf("%v of %v were counted, not %v of %v", bad, total, 0.05*want, 100*want)
	}
	again := restarted(t, s)
	if diff := cmp.Diff(s, again, cmpopts.EquateApprox(1e-6, 0)); diff != "" {
		t.Error(diff)
	}
	o.Look(at.Add(time.Minute), map[string]float64{"good": 1, "total": 2}, s)
	if diff := cmp.Diff(again, s, cmpopts.EquateApprox(1e-6, 0)); diff != "" {
		t.Error(diff)
	}
	if len(s.Buckets) > 150 {
		t.Errorf("%d buckets", len(s.Buckets))
	}
}

// A spent budget stays spent while nothing is known, and recovers when it does.
func TestSpent(t *testing.T) {
	o := answers(t, "1d")
	s, at := play(o, begin(o), start, time.Hour, time.Minute, 0)
	s, at = play(o, s, at, 10*time.Minute, time.Minute, 100)
	if !s.Spent || *s.Figures.Left > 0 {
		t.Fatalf("10 minutes of failure leave %v of 86 seconds", *s.Figures.Left)
	}
	s, at = play(o, s, at, 5*time.Hour, time.Minute, -1)
	if !s.Spent || s.Figures.Left != nil {
		t.Errorf("spent is %t, %v left, while nothing is known", s.Spent, s.Figures.Left)
	}
	s, _ = play(o, s, at, 30*time.Hour, time.Minute, 0)
	if s.Spent {
		t.Errorf("still spent, %v left", *s.Figures.Left)
	}
}
