package agent

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"time"

	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/monitor/sla"
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
	a.building = false
	goal, err := a.goal(ctx, d)
	if err != nil {
		return err
	}
	key := contentKey(goal, a.applied.inputs)
	if key != "" && key == a.applied.key {
		a.applied.snapshot = goal.snapshot
		a.failing = false
		return nil
	}
	if a.retry.waits() && a.retry.key == tryKey(goal) {
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
	if back == "" || back == d.snapshot.Revision {
		return d, nil
	}
	if a.applied.snapshot != nil && a.applied.snapshot.Revision == back && a.applied.clean {
		d.snapshot, d.match = a.applied.snapshot, a.applied.match
		return d, nil
	}
	return a.revision(ctx, d, back)
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
	if key := tryKey(d); a.retry.key != key {
		a.retry = backoff{key: key} // something else is tried than what failed
	}
	started := time.Now()
	overlaid, err := a.guide(d)
	if err != nil {
		return err
	}
	if d.match, err = a.image(ctx, d, overlaid); err != nil || a.building {
		return err
	}
	result, err := a.render(ctx, d, overlaid)
	if err != nil {
		return err
	}
	program, err := a.rules.Compile(sla.Rules(overlaid.SLA))
	if err != nil {
		return fmt.Errorf("%s: sla.yaml: %w", path.Join(d.match.Dir, guide.OverlayDir), err)
	}
	a.metrics.observe("render", started)
	if a.view.Revision != d.snapshot.Revision {
		a.phase(status.Syncing, "applying "+short(d.snapshot.Revision))
		a.publish()
	}
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
		clean: err == nil,
	}
	if err != nil {
		return err
	}
	if len(a.record.Pending) == 0 || !d.binding.Prune || d.wave.over() {
		a.applied.key = contentKey(d, result.Inputs)
	} // else it goes again, to prune, when the wave is over
	a.retry.reset()
	a.failing = false
	a.deployed(d, result, changes)
	return nil
}

// guide is the application's, with the repository's descriptors laid over it.
func (a *application) guide(d desired) (*guide.Guide, error) {
	base, err := a.detector.named(d.match.Guide)
	if err != nil {
		return nil, err
	}
	return overlay(base, d.snapshot.FS(), d.match.Dir)
}

// render makes the objects.
func (a *application) render(ctx context.Context, d desired, overlaid *guide.Guide) (render.Result, error) {
	cluster, err := a.cluster.get()
	if err != nil {
		return render.Result{}, err
	}
	return a.renderer.Render(ctx, render.Request{
		Tree: d.snapshot.FS(), Match: d.match, Guide: overlaid,
		Environment: d.binding.Environment, Namespace: a.owner.Namespace, Kubernetes: cluster,
	})
}

// overlay lays the descriptors of the folder's .spotguide/ over a guide.
func overlay(base *guide.Guide, tree fs.FS, dir string) (*guide.Guide, error) {
	folder := path.Join(dir, guide.OverlayDir)
	over, err := fs.Sub(tree, folder)
	if err != nil {
		return nil, err
	}
	overlaid, err := guide.Overlay(base, over)
	var problems guide.Problems
	if errors.As(err, &problems) {
		return nil, problems.In(folder)
	}
	return overlaid, err
}

// send applies the set and takes over its record, which is committed later.
func (a *application) send(ctx context.Context, d desired, r render.Result) ([]apply.Change, error) {
	if err := a.tenant.permit(ctx, d.binding); err != nil {
		return nil, err
	}
	set := a.set(d, r)
	if err := a.watched(ctx, set); err != nil {
		return nil, err
	}
	return a.apply(ctx, set, apply.Options{
		Identity: d.binding.Identity(), Prune: d.binding.Prune && d.wave.last(a), PruneApproved: approved(d),
		Drift: string(d.binding.Drift),
	})
}

// set is all that the application shall have.
func (a *application) set(d desired, r render.Result) apply.Set {
	set := apply.Set{Owner: a.owner, Revision: d.snapshot.Revision, Objects: make([]apply.Object, len(r.Objects))}
	for i, o := range r.Objects {
		set.Objects[i] = apply.Object{Unstructured: o.Unstructured, Origin: o.Origin}
	}
	return set
}

// apply makes the cluster hold the set and takes over what is owned then.
func (a *application) apply(ctx context.Context, set apply.Set, opt apply.Options) ([]apply.Change, error) {
	due := a.withdraw()
	result, err := a.applier.Apply(ctx, set, opt)
	a.took(result, err, due)
	return result.Changes, err
}

// took takes over what is owned after a pass, or what was due before one that
// could not begin.
func (a *application) took(result apply.Result, err error, due *inventory.Record) {
	switch {
	case err == nil || !result.Empty():
		a.keep(result.Record)
	case due != nil:
		a.keep(*due)
	}
	for _, c := range result.Changes {
		a.metrics.changes.WithLabelValues(string(c.Action)).Inc()
	}
}

// watched sees to it that everything in the set and in the record is watched,
// and waits for what the watches know, so that nothing untouched is sent.
func (a *application) watched(ctx context.Context, set apply.Set) error {
	record, err := a.store.Get(ctx, a.owner)
	var corrupt *inventory.CorruptError
	if err != nil && !errors.As(err, &corrupt) {
		return err
	}
	if err := a.watcher.Sync(ctx, record.Refs()...); err != nil {
		return err
	}
	for _, o := range set.Objects {
		kind := o.GroupVersionKind()
		a.watcher.Watch(inventory.Ref{Group: kind.Group, Version: kind.Version, Kind: kind.Kind})
	}
	return nil
}

// held waits for a person to approve of a prune.
func (a *application) held(d desired, why *inventory.HeldError) {
	a.view.Held = d.snapshot.Revision
	a.phase(status.Held, why.Error())
	a.tell(warning, "Held", why.Error())
}

// withdraw takes back a record that is still due: the pass that begins writes a
// newer one, which an older one must not replace.
func (a *application) withdraw() *inventory.Record {
	l := a.tenant.ledger
	l.books.Lock()
	defer l.books.Unlock()
	return l.withdraw(a.owner.Application)
}

// keep takes over a record and has it committed when there is time.
func (a *application) keep(record inventory.Record) {
	a.record = record
	a.tenant.ledger.write(func(l *ledger) { l.records[a.owner.Application] = &record })
	a.recorder.mark(a.tenant.ledger)
}

// deployed notes a revision that went in whole.
func (a *application) deployed(d desired, r render.Result, changes []apply.Change) {
	changed := summary(changes)
	a.view.Notices, a.view.Objects = r.Notices, len(r.Objects)
	again := a.view.Revision == d.snapshot.Revision
	if a.health.healthy && !again && a.view.Failed == nil {
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
	a.tell(normal, "Synced", fmt.Sprintf("%s applied: %s", short(d.snapshot.Revision), changed))
}

// tryKey is the address of what is tried: the folder's content, and a person's
// wish to have it tried now.
func tryKey(d desired) string {
	return contentKey(d, []string{d.match.Dir}) + d.binding.SyncRequestedAt
}

// contentKey is the content address of what a rendering reads and of every
// setting that bears on it; empty while nothing was read.
func contentKey(d desired, inputs []string) string {
	if len(inputs) == 0 {
		return ""
	}
	sum := sha256.New()
	b := d.binding
	fmt.Fprintf(sum, "%s\n%s\n%s\n%s\n%t\n%s\n", d.match.Guide, d.match.Dir, b.Environment, b.ServiceAccount, b.Prune, b.PruneApproved)
	for _, path := range inputs {
		hash, ok := d.snapshot.Hash(path)
		if !ok {
			hash = "missing" // which was an input as well
		}
		fmt.Fprintf(sum, "%s %s\n", path, hash)
	}
	return hex.EncodeToString(sum.Sum(nil))
}
