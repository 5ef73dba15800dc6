package pipeline

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/spotguides/guide"
)

func TestNext(t *testing.T) {
	const p, r, s, f = status.StepPending, status.StepRunning, status.StepSucceeded, status.StepFailed
	for name, test := range map[string]struct {
		have    []status.StepPhase // of a, b (may fail), c
		seen    map[string]Sight
		want    string // the verb and its step
		told    int
		changed []status.StepPhase
	}{
		"first":                {[]status.StepPhase{p, p, p}, nil, "start a", 0, []status.StepPhase{p, p, p}},
		"runs":                 {[]status.StepPhase{r, p, p}, map[string]Sight{"job-a": {State: Running}}, "wait a", 0, []status.StepPhase{r, p, p}},
		"second":               {[]status.StepPhase{r, p, p}, map[string]Sight{"job-a": {State: Succeeded}}, "start b", 0, []status.StepPhase{s, p, p}},
		"nobody can tell":      {[]status.StepPhase{p, p, p}, map[string]Sight{"job-a": {State: Unknown}}, "wait a", 0, []status.StepPhase{p, p, p}},
		"or of what ran":       {[]status.StepPhase{r, p, p}, map[string]Sight{"job-a": {State: Unknown}}, "wait a", 0, []status.StepPhase{r, p, p}},
		"started, not noted":   {[]status.StepPhase{p, p, p}, map[string]Sight{"job-a": {State: Running}}, "wait a", 0, []status.StepPhase{r, p, p}},
		"ended, not noted":     {[]status.StepPhase{p, p, p}, map[string]Sight{"job-a": {State: Succeeded}}, "start b", 0, []status.StepPhase{s, p, p}},
		"succeeded, Job gone":  {[]status.StepPhase{s, p, p}, nil, "start b", 0, []status.StepPhase{s, p, p}},
		"running, Job gone":    {[]status.StepPhase{r, p, p}, nil, "failed a", 0, []status.StepPhase{f, p, p}},
		"fails":                {[]status.StepPhase{r, p, p}, map[string]Sight{"job-a": {State: Failed}}, "failed a", 0, []status.StepPhase{f, p, p}},
		"has failed":           {[]status.StepPhase{f, p, p}, map[string]Sight{"job-a": {State: Succeeded}}, "failed a", 0, []status.StepPhase{f, p, p}},
		"may fail":             {[]status.StepPhase{s, r, p}, map[string]Sight{"job-b": {State: Failed}}, "start c", 1, []status.StepPhase{s, f, p}},
		"has failed, was told": {[]status.StepPhase{s, f, p}, nil, "start c", 0, []status.StepPhase{s, f, p}},
		"done":                 {[]status.StepPhase{s, f, r}, map[string]Sight{"job-c": {State: Succeeded}}, "done", 0, []status.StepPhase{s, f, s}},
	} {
		steps := []status.Step{
			{Name: "other", Stage: "after", Phase: p, Job: "job-other"},
			{Name: "a", Stage: "before", Phase: test.have[0], Job: "job-a"},
			{Name: "b", Stage: "before", Phase: test.have[1], Job: "job-b"},
			{Name: "c", Stage: "before", Phase: test.have[2], Job: "job-c"},
		}
		d := Next(steps, guide.StageBefore, func(job string) Sight { return test.seen[job] }, func(n string) bool { return n == "b" })
		got := "done"
		switch {
		case d.Start != nil:
			got = "start " + d.Start.Name
		case d.Wait != nil:
			got = "wait " + d.Wait.Name
		case d.Failed != nil:
			got = "failed " + d.Failed.Name
		}
		if got != test.want || len(d.Told) != test.told || d.Done() != (got == "done") {
			t.Errorf("%s: %s, told %d; want %s, told %d", name, got, len(d.Told), test.want, test.told)
		}
		if diff := cmp.Diff(test.changed, []status.StepPhase{steps[1].Phase, steps[2].Phase, steps[3].Phase}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
