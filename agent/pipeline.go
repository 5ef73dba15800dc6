package agent

import (
	"context"
	"fmt"
	"time"

	"github.com/spotguide/spotguide/agent/pipeline"
	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/render"
	"github.com/spotguide/spotguide/spotguides/guide"
)

// keepLogs is of how many runs the Jobs stay, so that their logs can be read.
const keepLogs = 3

// stepError is a step before that has failed.
type stepError struct {
	position, name, message, namespace, application string
}

func (e *stepError) Error() string {
	return fmt.Sprintf("%s failed: %s; nothing was applied, a commit or `spotguide sync` tries again (%s)",
		e.position, e.message, wholeLog(e.name, e.namespace, e.application))
}

// wholeLog says how to read a step's log.
func wholeLog(step, namespace, application string) string {
	return fmt.Sprintf("the whole log: `spotguide logs %s --step %s -n %s`", application, step, namespace)
}

// before runs the steps before a revision, one a pass, and tells whether all have
// succeeded. Going back to an earlier revision runs none.
func (a *application) before(ctx context.Context, d desired, r render.Result, run *status.Run) (done bool, err error) {
	if a.goneBack(d) {
		return true, nil
	}
	a.retryStep(d, run)
	next, err := a.nextStep(ctx, run, guide.StageBefore, r.Steps)
	switch {
	case err != nil:
		return false, err
	case next.Failed != nil:
		return false, &stepError{pipeline.Position(run.Steps, next.Failed.Name), next.Failed.Name, next.Failed.Message, a.owner.Namespace, a.owner.Application}
	case next.Done():
		if run.Outcome == status.WasFailed {
			run.Outcome, run.EndedAt, run.Reason = status.Underway, time.Time{}, ""
		}
		return true, nil
	}
	a.stepping, run.Asked = true, d.binding.SyncRequestedAt
	return false, a.runStep(ctx, d, r, run, next)
}

// after runs the steps after what is applied once that is healthy.
func (a *application) after(ctx context.Context) {
	if !a.health.healthy || !a.stepsLeft() {
		return
	}
	run := a.running()
	d := desired{binding: a.applied.binding, snapshot: a.applied.snapshot, match: a.applied.match}
	next, err := a.nextStep(ctx, run, guide.StageAfter, a.applied.steps)
	if err == nil && (next.Start != nil || next.Wait != nil) {
		run.Asked = d.binding.SyncRequestedAt
		err = a.runStep(ctx, d, render.Result{Steps: a.applied.steps}, run, next)
	}
	for _, told := range next.Told {
		message := fmt.Sprintf("%s failed: %s", pipeline.Position(run.Steps, told.Name), told.Message)
		run.Reason = message
		a.tell(warning, "StepFailed", message+" ("+wholeLog(told.Name, a.owner.Namespace, a.owner.Application)+")")
	}
	switch {
	case err != nil && ctx.Err() == nil:
		a.failed("StepFailed", err)
		a.again(a.retry.next(err))
	case next.Failed != nil:
		a.stepFailed(run, *next.Failed)
	case next.Done():
		a.judge() // it is healthy now
	}
}

// stepsLeft tells that steps after what is applied have not ended.
func (a *application) stepsLeft() bool {
	run := a.running()
	if run == nil || run.Rollback || run.Outcome != status.Underway {
		return false
	}
	for _, s := range run.Steps {
		if s.Stage == string(guide.StageAfter) && (s.Phase == status.StepPending || s.Phase == status.StepRunning) {
			return true
		}
	}
	return false
}

// stepFailed goes back to what was healthy before, as from a rollout that failed.
func (a *application) stepFailed(run *status.Run, s status.Step) {
	reason := fmt.Sprintf("%s failed: %s", pipeline.Position(run.Steps, s.Name), s.Message)
	log := " (" + wholeLog(s.Name, a.owner.Namespace, a.owner.Application) + ")"
	a.tell(warning, "StepFailed", reason+log)
	if a.view.LastHealthy == "" || a.view.LastHealthy == a.view.Revision {
		a.conclude(status.WasFailed, reason+"; nothing was healthy before that it could go back to")
		a.judge()
		return
	}
	a.tell(warning, "RolledBack", fmt.Sprintf("%s back to %s: %s", short(a.view.Revision), short(a.view.LastHealthy), reason))
	a.rollBack(reason)
}

// unfit is why what is applied and healthy is not good all the same: a step after
// it has failed, and there is nothing to go back to. Empty when it is good.
func (a *application) unfit() string {
	run := a.running()
	if run == nil || run.Outcome != status.WasFailed || a.rolledBack() {
		return ""
	}
	for _, s := range run.Steps {
		if s.Stage == string(guide.StageAfter) && s.Phase == status.StepFailed && !a.mayFail(a.applied.steps)(s.Name) {
			return run.Reason
		}
	}
	return ""
}

// retryStep lets what has failed be run again once a person asks, unless what he
// asks for may be a newer commit.
func (a *application) retryStep(d desired, run *status.Run) {
	if d.binding.SyncRequestedAt == run.Asked || !d.looked {
		return
	}
	for _, s := range run.Steps {
		if s.Phase == status.StepFailed {
			pipeline.Retry(a.owner.Application, run, d.binding.SyncRequestedAt)
			run.Outcome, run.EndedAt, run.Reason = status.Underway, time.Time{}, ""
			return
		}
	}
}

// nextStep looks at the Jobs of a stage and decides.
func (a *application) nextStep(ctx context.Context, run *status.Run, stage guide.Stage, steps []render.Step) (pipeline.Decision, error) {
	var failed error
	see := func(job string) pipeline.Sight {
		seen, err := a.steps.See(ctx, a.owner.Namespace, job)
		if err != nil {
			failed = err
			seen.State = pipeline.Unknown
		}
		return seen
	}
	next := pipeline.Next(run.Steps, stage, see, a.mayFail(steps))
	return next, failed
}

func (a *application) mayFail(steps []render.Step) func(string) bool {
	return func(name string) bool {
		for _, s := range steps {
			if s.Name == name {
				return s.OnFailure == guide.OnFailureTell
			}
		}
		return false
	}
}

// runStep starts the next step, or tells that it runs.
func (a *application) runStep(ctx context.Context, d desired, r render.Result, run *status.Run, next pipeline.Decision) error {
	if next.Wait != nil {
		message := pipeline.Position(run.Steps, next.Wait.Name) + " runs"
		if next.Wait.Message != "" {
			message += ", but waits: " + next.Wait.Message
		}
		a.phase(status.Syncing, message)
		return nil
	}
	s := next.Start
	if busy := a.steps.Busy(a.owner.Namespace, a.owner.Application, jobs(run)); busy != "" {
		a.phase(status.Syncing, fmt.Sprintf("%s waits for step %s of an earlier revision to end", pipeline.Position(run.Steps, s.Name), busy))
		return nil
	}
	if s.Stage == string(guide.StageBefore) {
		waits, err := a.prepare(ctx, d, r)
		if err != nil {
			return err
		}
		if waits != "" {
			a.phase(status.Syncing, fmt.Sprintf("%s waits for %s", pipeline.Position(run.Steps, s.Name), waits))
			a.again(time.Second)
			return nil
		}
	}
	if err := a.startStep(ctx, d, r, s); err != nil {
		return err
	}
	s.Phase, s.StartedAt = status.StepRunning, now()
	a.phase(status.Syncing, pipeline.Position(run.Steps, s.Name)+" runs")
	// It is in the books before it can be forgotten that it has run.
	a.publish()
	if err := a.recorder.write(ctx, a.tenant.ledger); err != nil {
		a.log.Warn("step not written down yet, will be", "step", s.Name, "error", err)
	}
	return nil
}

// startStep makes the step's Job.
func (a *application) startStep(ctx context.Context, d desired, r render.Result, s *status.Step) error {
	if err := a.tenant.permit(ctx, d.binding); err != nil {
		return err
	}
	for _, step := range r.Steps {
		if step.Name == s.Name {
			return a.steps.Start(ctx, a.owner.Namespace, a.owner.Application, s.Job, step, d.binding.Identity())
		}
	}
	return fmt.Errorf("step %s is not rendered", s.Name)
}

// jobs are those of a run.
func jobs(run *status.Run) []string {
	var names []string
	for _, s := range run.Steps {
		names = append(names, s.Job)
	}
	return names
}

// sweepSteps takes away the Jobs of all but the newest runs with any.
func (a *application) sweepSteps(ctx context.Context, identity string) {
	var keep []string
	runs := 0
	for i := len(a.history) - 1; i >= 0 && runs < keepLogs; i-- {
		if names := jobs(&a.history[i]); len(names) > 0 {
			keep = append(keep, names...)
			runs++
		}
	}
	if err := a.steps.Sweep(ctx, a.owner.Namespace, a.owner.Application, keep, identity); err != nil {
		a.log.Warn("Jobs of earlier steps left for now", "error", err)
	}
}
