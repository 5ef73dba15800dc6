package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"
)

// report is what was measured for one size.
type report struct {
	n                 int
	first, firstFloor time.Duration
	all, allFloor     []time.Duration
	one               []time.Duration
	oneRequests       []int
	noneRequests      int
	drift             []time.Duration
	memory, idle      int // KiB: highest ever, and at the end
}

func median(d []time.Duration) time.Duration { return quantile(d, 0.5) }

func quantile(d []time.Duration, q float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(d))
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

func round(d time.Duration) time.Duration {
	if d < time.Second {
		return d.Round(time.Millisecond)
	}
	return d.Round(10 * time.Millisecond)
}

// ratio is how many times the floor a push that changes every one takes without the
// nudge: the median of the rounds, each against the floor measured right before it.
func (r report) ratio() float64 {
	ratios := make([]float64, len(r.all))
	for i := range r.all {
		ratios[i] = (r.all[i] - median(r.one)).Seconds() / r.allFloor[i].Seconds()
	}
	slices.Sort(ratios)
	return ratios[len(ratios)/2]
}

// table is the reports as a person reads them.
func table(reports []report) string {
	var b strings.Builder
	row := func(what string, cell func(report) string) {
		fmt.Fprintf(&b, "| %s |", what)
		for _, r := range reports {
			fmt.Fprintf(&b, " %s |", cell(r))
		}
		b.WriteString("\n")
	}
	row("applications", func(r report) string { return fmt.Sprint(r.n) })
	b.WriteString("|---|" + strings.Repeat("---|", len(reports)) + "\n")
	row("first deploy, from the agent's start", func(r report) string {
		return fmt.Sprintf("%s (floor %s, ratio %.2f)", round(r.first), round(r.firstFloor), r.first.Seconds()/r.firstFloor.Seconds())
	})
	row("a push changes every one: until all are live", func(r report) string {
		return fmt.Sprintf("%s (floor %s)", round(median(r.all)), round(median(r.allFloor)))
	})
	row("the same without the nudge, as a ratio to the floor", func(r report) string {
		return fmt.Sprintf("%.2f", r.ratio())
	})
	row("a push changes one: until it is live (the nudge)", func(r report) string {
		return fmt.Sprintf("%s, at most %s", round(median(r.one)), round(slices.Max(r.one)))
	})
	row("requests to the API server for that", func(r report) string { return fmt.Sprintf("at most %d", slices.Max(r.oneRequests)) })
	row("requests for a push that changes nothing", func(r report) string { return fmt.Sprint(r.noneRequests) })
	row("foreign edit until restored, p50 and p99", func(r report) string {
		return fmt.Sprintf("%s, %s", round(quantile(r.drift, 0.5)), round(quantile(r.drift, 0.99)))
	})
	row("agent's memory (RSS): peak, at the end", func(r report) string {
		return fmt.Sprintf("%.0f MiB, %.0f MiB", float64(r.memory)/1024, float64(r.idle)/1024)
	})
	return b.String()
}

// perApplication is the memory that each further application costs, in KiB.
func perApplication(reports []report) string {
	if len(reports) < 2 {
		return ""
	}
	first, last := reports[0], reports[len(reports)-1]
	return fmt.Sprintf("Each application beyond the first %d costs the agent %.0f KiB (from the peaks of the first and the last column).\n\n",
		first.n, float64(last.memory-first.memory)/float64(last.n-first.n))
}

// The marks in the document between which the table stands.
const (
	begin = "<!-- make bench writes from here -->"
	end   = "<!-- to here -->"
)

// write puts the table into the document.
func write(path string, reports []report, l loops) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	head, rest, ok := strings.Cut(string(raw), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		return fmt.Errorf("%s lacks the marks %q and %q", path, begin, end)
	}
	text := fmt.Sprintf("%s%s\n\nMeasured on %s with %d cores (%s).\n\n%s\n%s%s\n\n%s%s", head, begin,
		time.Now().UTC().Format(time.DateOnly), runtime.NumCPU(), runtime.Version(), table(reports), perApplication(reports), l, end, tail)
	return os.WriteFile(path, []byte(text), 0o644)
}
