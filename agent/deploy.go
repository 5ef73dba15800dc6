package agent

import (
	"context"
	"errors"
	"fmt"
	"path"
	"time"

	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/render"
	"github.com/spotguide/spotguide/spotguides/guide"
	"github.com/spotguide/spotguide/sync/apply"
	"github.com/spotguide/spotguide/sync/inventory"
)

// sync brings the application to the revision it should run, if it is not there
// yet. Content addresses do the skipping: while nothing that was read for the
// last rendering has changed, nothing is rendered.
func (a *application) sync(ctx context.Context, d desired) error {
	a.reconsider(d)
	a.building, a.stepping = false, false
	goal, err := a.goal(ctx, d)
	if err != nil {
		return err
	}
	key := a.key(goal, a.applied.inputs)
	if key != "" && key == a.applied.key {
		a.applied.snapshot, a.applied.binding = goal.snapshot, goal.binding
		a.failing = false
		return nil
	}
	if a.retry.waits() && a.retry.key == tryKey(goal)+a.standingKey() {
		a.again(a.retry.left())
		return nil
	}
	return a.deploy(ctx, goal)
}

// goal is the desired state, or the revision that a person or the monitor went
// back to.
func (a *application) goal(ctx context.Context, d desired) (desired, error) {
	back := d.binding.RollbackTo
	if back == "" && a.view.Failed != nil {
		back = a.view.LastHealthy
	}
	mirrored := ""
	if back == "" {
		mirrored = a.mirrored(d)
		back = mirrored
	}
	a.frozen = ""
	if back == "" {
		back = a.freeze(d)
	}
	if a.frozen == "" {
		a.view.Frozen = ""
	}
	if back == "" || back == d.snapshot.Revision {
		return d, nil
	}
	if a.applied.snapshot != nil && a.applied.snapshot.Revision == back && a.applied.clean {
		d.snapshot, d.match = a.applied.snapshot, a.applied.match
		return d, nil
	}
	goal, err := a.revision(ctx, d, back)
	if err != nil && mirrored != "" {
		a.log.Warn("the primary's revision is not to be had, the newest is taken", "revision", back, "error", err)
		return d, nil
	}
	return goal, err
}

// revision is the desired state as it was at another revision.
func (a *application) revision(ctx context.Context, d desired, revision string) (desired, error) {
	snapshot, err := a.open(ctx, d.binding, revision)
	if err != nil {
		return d, fmt.Errorf("go back to %s: %w", revision, err)
	}
	found, err := a.detector.detect(ctx, snapshot, d.binding)
	if err != nil {
		return d, fmt.Errorf("go back to %s: %w", revision, err)
	}
	for _, m := range found.Matches {
		if m.App == a.owner.Application {
			d.snapshot, d.match = snapshot, m
			return d, nil
		}
	}
	return d, fmt.Errorf("go back to %s: it does not hold application %s", revision, a.owner.Application)
}

// reconsider forgets a failed revision once its content has changed.
func (a *application) reconsider(d desired) {
	if f := a.view.Failed; f != nil && contentKey(d, f.Inputs) != f.Content {
		a.view.Failed = nil
	}
}

// deploy renders and applies within a slot of the gate.
func (a *application) deploy(ctx context.Context, d desired) error {
	if err := a.gate.enter(ctx); err != nil {
		return err
	}
	defer a.gate.leave()
	if key := tryKey(d) + a.standingKey(); a.retry.key != key {
		a.retry = backoff{key: key} // something else is tried than what failed
	}
	started := time.Now()
	overlaid, err := a.guide(d)
	if err != nil {
		return err
	}
	if known, err := a.place(d, overlaid); err != nil || !known {
		return err
	}
	if d.match, err = a.image(ctx, d, overlaid); err != nil || a.building {
		return err
	}
	result, err := a.render(ctx, d, overlaid)
	if err != nil {
		return err
	}
	program, err := a.rules.Program(overlaid.SLA)
	if err != nil {
		return fmt.Errorf("%s: sla.yaml: %w", path.Join(d.match.Dir, guide.OverlayDir), err)
	}
	a.metrics.observe("render", started)
	content, steps := contentOf(d, result, overlaid), overlaid.Application.Steps
	if a.standby() {
		content, steps = content+"-standby", guide.Steps{} // they run where it is primary
	}
	run := a.begin(d, content, steps)
	if done, err := a.before(ctx, d, result, run); err != nil || !done {
		return err
	}
	if a.view.Revision != d.snapshot.Revision {
		a.phase(status.Syncing, "applying "+short(d.snapshot.Revision))
		a.publish()
	}
	a.provide(ctx, result)
	started = time.Now()
	changes, err := a.send(ctx, d, result)
	a.metrics.observe("apply", started)
	var held *inventory.HeldError
	if errors.As(err, &held) {
		a.held(d, held)
		return nil
	}
	a.view.Held = ""
	a.applied = applied{
		inputs: result.Inputs, snapshot: d.snapshot, match: d.match, guide: overlaid, program: program, binding: d.binding,
		content: content, steps: result.Steps, clean: err == nil,
	}
	if err != nil {
		return err
	}
	if !a.pruneLater { // else it goes again when the wave is over
		a.applied.key = a.key(d, result.Inputs)
	}
	a.retry.reset()
	a.failing = false
	a.deployed(d, result, changes)
	a.sweepSteps(ctx, d.binding.Identity())
	return nil
}

// held waits for a person to approve of a prune.
func (a *application) held(d desired, why *inventory.HeldError) {
	a.view.Held = d.snapshot.Revision
	a.phase(status.Held, why.Error())
	a.tell(warning, "Held", why.Error())
}

// deployed notes a revision that went in whole.
func (a *application) deployed(d desired, r render.Result, changes []apply.Change) {
	changed := summary(changes)
	a.view.Notices, a.view.Objects = r.Notices, len(r.Objects)
	again := a.view.Revision == d.snapshot.Revision
	if a.health.healthy && !again && a.view.Failed == nil && a.passed(a.view.Revision) {
		a.view.LastHealthy = a.view.Revision // healthy until it was replaced
	}
	a.health, a.since = verdict{}, time.Time{}
	a.view.Revision = d.snapshot.Revision
	if changed == "" && again {
		return // an agent that has just started, or settings that made no difference
	}
	a.view.AppliedAt = time.Now().UTC().Truncate(time.Millisecond)
	if changed == "" {
		changed = "nothing changed"
	}
	if run := a.running(); run != nil {
		run.Changes = changed
	}
	a.tell(normal, "Synced", fmt.Sprintf("%s applied: %s", short(d.snapshot.Revision), changed))
}
