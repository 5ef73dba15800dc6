package agent

import (
	"context"
	"fmt"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/spotguide/spotguide/monitor/observe"
	"github.com/spotguide/spotguide/monitor/operate"
	"github.com/spotguide/spotguide/render"
	"github.com/spotguide/spotguide/spotguides/guide"
)

// leaving is a StatefulSet with more pods than it is to have: those of the highest
// numbers are to go, and stay until nothing is on them any more.
type leaving struct {
	component, set string
	from, to       int32
	how            guide.Leave
	vacant         bool   // nothing was on them when they were looked at last
	trouble        string // what kept the last operation from emptying them
}

// pods are those that are to go.
func (l *leaving) pods() []string {
	var names []string
	for i := l.to; i < l.from; i++ {
		names = append(names, fmt.Sprintf("%s-%d", l.set, i))
	}
	return names
}

// same tells whether the same pods are to go.
func (l *leaving) same(other *leaving) bool {
	return l != nil && other != nil && l.set == other.set && l.from == other.from && l.to == other.to
}

// next is what stays of a surplus: all of it, until it was seen to be vacant before and
// is so when it is looked at once more.
func (l *leaving) next(surplus *leaving, vacant func() bool) *leaving {
	if !l.same(surplus) {
		return surplus
	}
	if l.vacant && vacant() {
		return nil
	}
	stays := *surplus
	stays.trouble = l.trouble
	return &stays
}

// ended notes what came of an operation.
func (l *leaving) ended(e operate.Ended) {
	if l == nil || e.Operation != l.how.Operation {
		return
	}
	l.trouble = ""
	if e.Err != nil {
		l.trouble = e.Err.Error()
	}
}

// String is what is wanted, and what for.
func (l *leaving) String() string {
	return fmt.Sprintf("%s stays at %d replicas instead of %d until nothing is on %s", l.set, l.from, l.to, strings.Join(l.pods(), ", "))
}

// staying are the replicas that components keep, by component: what was rendered has
// fewer, and something is on the pods that would go.
func (a *application) staying(ctx context.Context, r render.Result, g *guide.Guide) (map[string]int32, error) {
	now, err := a.surplus(ctx, r, g)
	if err != nil {
		return nil, err
	}
	before := a.leaving
	a.leaving = before.next(now, func() bool { return a.vacant(ctx, now) })
	if before != nil && !before.same(now) {
		a.abandon(*before)
	}
	switch {
	case now == nil:
		return nil, nil
	case a.leaving == nil:
		a.tell(normal, "ScalesIn", fmt.Sprintf("%s goes from %d to %d replicas: nothing is on %s any more", now.set, now.from, now.to, strings.Join(now.pods(), ", ")))
		return nil, nil
	case !before.same(now):
		a.tell(normal, "ScaleInHeld", now.String())
	}
	return map[string]int32{now.component: now.from}, nil
}

// surplus is the StatefulSet that has more pods than what was rendered, of those whose
// pods have to be empty; nil for none.
func (a *application) surplus(ctx context.Context, r render.Result, g *guide.Guide) (*leaving, error) {
	if len(g.Monitor.Leave) == 0 || a.standby() {
		return nil, nil
	}
	for _, o := range r.Objects {
		component, _ := g.Application.ComponentOf(a.owner.Application, o.GetName())
		how, is := g.Monitor.Leave[component]
		wanted, given, _ := unstructured.NestedInt64(o.Object, "spec", "replicas")
		if !is || !given || o.GetKind() != "StatefulSet" || o.GroupVersionKind().Group != "apps" {
			continue
		}
		live, err := a.client.AppsV1().StatefulSets(a.owner.Namespace).Get(ctx, o.GetName(), metav1.GetOptions{})
		switch {
		case apierrors.IsNotFound(err):
			continue
		case err != nil:
			return nil, fmt.Errorf("read how many replicas StatefulSet %s/%s has: %w", a.owner.Namespace, o.GetName(), err)
		}
		if there := live.Spec.Replicas; there != nil && int64(*there) > wanted {
			return &leaving{component: component, set: o.GetName(), from: *there, to: int32(wanted), how: how}, nil
		}
	}
	return nil, nil
}

// abandon ends the operation that empties pods that are to stay after all, or of which
// others are to go as well.
func (a *application) abandon(before leaving) {
	order, _, is := a.operations.Current(a.owner.Namespace, a.owner.Application)
	if is && order.Operation == before.how.Operation {
		a.operations.Cancel(a.owner.Namespace, a.owner.Application)
	}
}

// vacant looks once more whether nothing is on the pods that are to go.
func (a *application) vacant(ctx context.Context, l *leaving) bool {
	target := a.target()
	target.Leaving = l.pods()
	figures, err := a.analysts.Look(ctx, target)
	if err != nil {
		a.log.Warn("pods stay, for it is not known whether something is on them", "error", err)
		return false
	}
	value, known := figures[l.how.Metric]
	return known && value == 0
}

// leave has the pods go that are to, once nothing is on them and nothing is being
// done to the application.
func (a *application) leave(now time.Time, target observe.Target) {
	l := a.leaving
	if l == nil || l.vacant || target.Operating != "" {
		return
	}
	if value, known := a.analysts.Leaving(now, target, l.how.Metric); known && value == 0 {
		l.vacant = true
		a.wake.nudge()
	}
}

// stays tells people what keeps pods that are too many.
func (a *application) stays() string {
	l := a.leaving
	if l == nil {
		return ""
	}
	text := "; " + l.String()
	if order, _, is := a.operations.Current(a.owner.Namespace, a.owner.Application); is && order.Operation == l.how.Operation {
		return text + ": " + order.Operation + " is under way"
	}
	if l.trouble != "" {
		text += ": " + l.trouble
	}
	return text
}
