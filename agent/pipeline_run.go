package agent

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/spotguide/spotguide/agent/pipeline"
	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/render"
	"github.com/spotguide/spotguide/spotguides/guide"
)

// contentOf is the content address of what an application's steps run for. Who
// approved of what, and whether there is pruning, is no part of it.
func contentOf(d desired, r render.Result, g *guide.Guide) string {
	d.binding.Prune, d.binding.PruneApproved = false, ""
	steps, err := json.Marshal(g.Application.Steps)
	if err != nil {
		panic(err) // plain data
	}
	sum := sha256.Sum256(fmt.Append(nil, contentKey(d, r.Inputs), "\n", string(steps)))
	return hex.EncodeToString(sum[:16])
}

// goneBack: what is to be applied is an earlier revision than the newest.
func (a *application) goneBack(d desired) bool {
	return d.binding.RollbackTo != "" || a.view.Failed != nil
}

// begin finds the run that a revision's way into the cluster is part of, or
// begins one.
func (a *application) begin(d desired, content string, steps guide.Steps) *status.Run {
	last := a.history.Last()
	revision := d.snapshot.Revision
	fresh := status.Run{
		Revision: revision, Subject: d.snapshot.Subject, Author: d.snapshot.Author,
		StartedAt: now(), Outcome: status.Underway, Content: content, Asked: d.binding.SyncRequestedAt,
	}
	if a.goneBack(d) {
		if last != nil && last.Revision == revision && last.Content == content {
			return last
		}
		fresh.Rollback = true
		return a.history.Begin(fresh)
	}
	before := a.history.Of(revision, content)
	switch {
	case before != nil && before == last:
		return last
	case before != nil: // it comes back; what has run has run
		fresh.Steps, fresh.Asked = slices.Clone(before.Steps), before.Asked
		return a.history.Begin(fresh)
	}
	for _, stage := range []guide.Stage{guide.StageBefore, guide.StageAfter} {
		fresh.Steps = append(fresh.Steps, pipeline.Plan(a.owner.Application, content, steps.Of(stage), stage)...)
	}
	if last != nil && last.Revision == revision && last.Content == "" {
		fresh.StartedAt = last.StartedAt // it was built, or could not be rendered at first
		*last = fresh
		return last
	}
	return a.history.Begin(fresh)
}

// now is the time as it is written down.
func now() time.Time { return time.Now().UTC().Truncate(time.Second) }

// stumbled notes that a revision's pass has failed.
func (a *application) stumbled(d desired, reason error) {
	text := status.Brief(reason.Error(), status.EntryLines)
	last := a.history.Last()
	switch {
	case a.goneBack(d):
		return
	case last == nil || last.Revision != d.snapshot.Revision:
		if a.view.Revision == d.snapshot.Revision {
			return // it was in, before there was a history
		}
		a.history.Begin(status.Run{
			Revision: d.snapshot.Revision, Subject: d.snapshot.Subject, Author: d.snapshot.Author,
			StartedAt: now(), EndedAt: now(), Outcome: status.WasFailed, Reason: text,
		})
	case last.Outcome == status.Underway:
		last.Outcome, last.EndedAt, last.Reason = status.WasFailed, now(), text
	case last.Outcome == status.WasFailed:
		last.Reason = text
	}
}

// running is the run of what is applied, nil when that is not the newest one.
func (a *application) running() *status.Run {
	last := a.history.Last()
	if last == nil || last.Content == "" || last.Content != a.applied.content {
		return nil
	}
	return last
}

// conclude notes what came of what is applied. What has failed may become healthy
// all the same.
func (a *application) conclude(outcome status.Outcome, reason string) {
	run := a.running()
	if run == nil {
		return
	}
	switch {
	case run.Outcome == status.Underway && reason != "":
		run.Reason = reason
	case run.Outcome == status.Underway:
	case run.Outcome == status.WasFailed && outcome == status.WasHealthy:
		run.Reason = ""
	case outcome == status.WasRolledOut && !run.Rollback:
		run.Reason = reason
	default:
		return
	}
	run.Outcome, run.EndedAt = outcome, now()
}

// passed tells whether all steps after of a revision have succeeded, or there
// were none.
func (a *application) passed(revision string) bool {
	for i := len(a.history) - 1; i >= 0; i-- {
		if r := a.history[i]; r.Revision == revision && !r.Rollback {
			return r.Outcome == status.WasHealthy || !slices.ContainsFunc(r.Steps, func(s status.Step) bool {
				return s.Stage == string(guide.StageAfter) && s.Phase != status.StepSucceeded
			})
		}
	}
	return true
}
