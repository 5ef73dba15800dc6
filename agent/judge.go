package agent

import (
	"fmt"
	"time"

	kstatus "github.com/fluxcd/cli-utils/pkg/kstatus/status"

	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/spotguides/guide"
)

// verdict is the health of everything that an application owns.
type verdict struct {
	known   bool // every object has been seen since it was applied
	healthy bool
	failed  bool // will not become healthy by itself
	ready   int  // objects that are healthy
	message string
}

// judge sets the phase by the health of what is live.
func (a *application) judge() {
	now := time.Now()
	v := a.verdict()
	if text := a.ailing(now); text != "" && !v.healthy {
		v.message += ": " + text
	}
	if v.healthy != a.health.healthy || a.since.IsZero() {
		a.since = now
	}
	a.health = v
	a.view.Health, a.view.Ready = v.message, v.ready
	switch {
	case a.failing || a.building || a.stepping || a.pruneLater || a.uncorrected || a.view.Held != "":
		// That stays in sight.
	case a.frozen != "":
		if v.healthy {
			a.prove(now)
		}
		a.phase(status.Held, a.waitsFor(a.frozen))
	case a.rolledBack() && !a.standby():
		a.phase(status.RolledBack, a.rollbackMessage())
		if v.healthy {
			a.conclude(status.WasHealthy, "")
		}
	case v.healthy && a.unfit() != "":
		a.degraded(verdict{message: a.unfit()})
	case v.healthy && a.stepsLeft():
		// They say how far they are.
	case v.healthy && a.standby():
		a.stood()
		a.conclude(status.WasHealthy, "")
	case v.healthy:
		a.prove(now)
		a.healed()
		a.serves()
	case v.failed || a.late(now):
		a.degraded(v)
	default:
		a.progressing(v, now)
	}
}

// verdict looks at every committed object. Its message is the worst object's.
func (a *application) verdict() verdict {
	v := verdict{known: true, healthy: true}
	unwell := 0
	for _, e := range a.record.Committed {
		seen, ok := a.watcher.Await(e)
		var message string
		switch {
		case !ok || seen.Before(e):
			v.known = false
			message = "not seen since it was applied"
		case seen.Deleted:
			message = "is gone"
		case seen.Health == kstatus.FailedStatus.String():
			message = seen.Message
			v.message, v.failed = fmt.Sprintf("%s: %s", e.Ref, message), true
		case seen.Health == kstatus.InProgressStatus.String() || seen.Health == kstatus.TerminatingStatus.String():
			message = seen.Message
		default:
			v.ready++
			continue
		}
		v.healthy = false
		unwell++
		if v.message == "" {
			v.message = fmt.Sprintf("%s: %s", e.Ref, message)
		}
	}
	if unwell > 1 {
		v.message += fmt.Sprintf(" (and %d more)", unwell-1)
	}
	return v
}

// healed notes that everything is healthy.
func (a *application) healed() {
	if a.view.Phase != status.Healthy {
		a.tell(normal, "Healthy", short(a.view.Revision)+" is healthy")
	}
	a.conclude(status.WasHealthy, "")
	message := plural(a.view.Objects, "object") + " healthy"
	if a.view.Objects == 0 {
		message = "nothing to apply: what the folder renders holds no object"
	}
	a.phase(status.Healthy, message+a.stays())
}

// prove makes a revision the one to go back to: it stayed healthy for the time
// that its SLA asks for. A container that crashes a second after its start looks
// healthy for that second.
func (a *application) prove(now time.Time) {
	if a.view.LastHealthy == a.view.Revision || a.rolledBack() {
		return
	}
	if left := a.since.Add(a.applied.guide.SLA.Rollout.Soak.Duration).Sub(now); left > 0 {
		a.again(left)
		return
	}
	a.view.LastHealthy = a.view.Revision
}

// degraded notes that something is wrong that time alone will not mend.
func (a *application) degraded(v verdict) {
	if a.view.Phase != status.Degraded {
		a.tell(warning, "Degraded", v.message)
	}
	a.phase(status.Degraded, v.message)
	a.conclude(status.WasFailed, v.message)
}

// progressing notes that something is on its way to health, at first or again.
func (a *application) progressing(v verdict, now time.Time) {
	if a.view.Phase == status.Healthy {
		a.tell(normal, "Progressing", v.message)
	}
	a.phase(status.Progressing, v.message)
	a.again(a.deadline().Sub(now))
}

// deadline is when what is not healthy by then has failed.
func (a *application) deadline() time.Time {
	return a.since.Add(a.applied.guide.SLA.Rollout.Deadline.Duration)
}

func (a *application) late(now time.Time) bool {
	return !a.health.healthy && !now.Before(a.deadline())
}

// rolledBack: something else runs than the newest revision.
func (a *application) rolledBack() bool {
	return a.view.Failed != nil || a.applied.binding.RollbackTo != ""
}

func (a *application) rollbackMessage() string {
	if f := a.view.Failed; f != nil {
		return fmt.Sprintf("%s failed (%s); %s runs instead until a commit mends it", short(f.Revision), f.Reason, short(a.view.Revision))
	}
	return fmt.Sprintf("pinned to %s by a person; `spotguide resume` follows the branch again", short(a.view.Revision))
}

// early is by how much a revision's pods may look older than the revision: they
// come to be while the rest is still being applied, and their time of birth is
// told in whole seconds.
const early = 2 * time.Second

// rollout is what the monitor's rules see of the revision.
func (a *application) rollout() *guide.RolloutSeen {
	if !a.health.known {
		return nil
	}
	return &guide.RolloutSeen{
		Healthy: a.health.healthy, Failed: a.health.failed || a.late(time.Now()),
		AgeSeconds:  int64((time.Since(a.view.AppliedAt) + early) / time.Second),
		LastHealthy: a.view.LastHealthy, Message: a.health.message,
	}
}
