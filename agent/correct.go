package agent

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/sync/apply"
	"github.com/spotguide/spotguide/sync/drift"
	"github.com/spotguide/spotguide/sync/inventory"
)

// correct puts back what foreign hands have changed since the last apply, or
// only tells of it, as the namespace and the object ask for.
func (a *application) correct(ctx context.Context) {
	if a.applied.key == "" {
		return // the next pass sends everything anyway
	}
	reports := drift.Compare(a.record.Committed, a.watcher.Get)
	now := time.Now()
	a.drift.keep(reports, now)
	a.uncorrected = false
	var restore []drift.Report
	for _, r := range reports {
		switch a.driftMode(r) {
		case binding.DriftIgnore:
		case binding.DriftWarn:
			if text := describe(r) + "; left as it is"; a.drift.news(r.Ref, text) {
				a.metrics.drift.WithLabelValues("told").Inc()
				a.tell(warning, "DriftDetected", text)
			}
		default:
			left := a.drift.contest(r.Ref, now)
			if left == 0 {
				restore = append(restore, r)
				continue
			}
			a.again(left)
			if text := describe(r) + ": changed again and again, so its correction pauses for " + contestPause.String(); a.drift.news(r.Ref, text) {
				a.tell(warning, "DriftContested", text)
			}
		}
	}
	if len(restore) > 0 {
		a.restore(ctx, restore)
	}
}

// restore renders again what was applied last and sends what was touched.
// Nothing needs to be written down first, for it is all owned already.
func (a *application) restore(ctx context.Context, reports []drift.Report) {
	if err := a.gate.enter(ctx); err != nil {
		return
	}
	defer a.gate.leave()
	d := desired{binding: a.applied.binding, snapshot: a.applied.snapshot, match: a.applied.match}
	rendered, err := a.render(ctx, d, a.applied.guide)
	if err == nil {
		err = a.resend(ctx, a.set(d, rendered), reports)
	}
	if err != nil {
		if ctx.Err() == nil {
			a.uncorrected = true
			a.failed("DriftNotCorrected", err)
			a.again(a.retry.next(err))
		}
		return
	}
	for _, r := range reports {
		a.metrics.drift.WithLabelValues("corrected").Inc()
		a.tell(warning, "DriftCorrected", describe(r)+"; put back")
	}
}

// resend applies just the objects that were touched.
func (a *application) resend(ctx context.Context, set apply.Set, reports []drift.Report) error {
	refs := make([]inventory.Ref, len(reports))
	for i, r := range reports {
		refs[i] = r.Ref
	}
	due := a.withdraw()
	result, err := a.applier.Restore(ctx, set, refs, apply.Options{Identity: a.applied.binding.Identity()})
	a.took(result, err, due)
	return err
}

// driftMode is the object's own mode, else the namespace's.
func (a *application) driftMode(r drift.Report) binding.DriftMode {
	if r.Mode != "" {
		return binding.DriftMode(r.Mode)
	}
	return a.applied.binding.Drift
}

// describe tells what was done to an object, by whom and to which fields.
func describe(r drift.Report) string {
	who := "somebody"
	if len(r.Hands) > 0 {
		who = r.Hands[0].Manager
	}
	if r.Kind == drift.Deleted {
		return fmt.Sprintf("%s was deleted", r.Ref)
	}
	if len(r.Fields) == 0 {
		return fmt.Sprintf("%s was changed by %s", r.Ref, who)
	}
	return fmt.Sprintf("%s was changed by %s: %s", r.Ref, who, strings.Join(r.Fields, ", "))
}
