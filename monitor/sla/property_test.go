package sla_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/spotguide/spotguide/monitor/sla"
	"github.com/spotguide/spotguide/spotguides/guide"
)

// FuzzDecide lets random things happen to an application and checks after every
// decision what must hold whatever happens.
func FuzzDecide(f *testing.F) {
	for seed := range uint64(8) {
		f.Add(seed)
	}
	c := newCompiler(f)
	f.Fuzz(func(t *testing.T, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 1))
		allowed := restartsAllowed()
		promise := guide.SLA{Rules: randomRules(r), Maintenance: []guide.Window{{
			Name: "w", Schedule: "0 * * * *", Duration: metav1.Duration{Duration: 20 * time.Minute},
		}}, Resilience: map[string]guide.Resilience{"*": {Restarts: &allowed}}}
		rules := sla.Rules(promise)
		p, err := c.Program(promise)
		if err != nil {
			t.Fatal(err)
		}
		w := &witness{t: t, rules: map[string]guide.Rule{}, acted: map[string][]time.Time{}, since: map[string]time.Time{}, fired: map[string]time.Time{}, restarts: map[string][]time.Time{}}
		for _, rule := range rules {
			w.rules[rule.Name] = rule
		}
		var state sla.State
		now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		o := randomObservation(r)
		for range 60 {
			now = now.Add(time.Duration(r.IntN(int(4 * time.Minute))))
			change(r, &o)
			o.Approved = nil
			if r.IntN(2) == 0 {
				o.Approved = w.wishes
			}
			if o.Brake = ""; r.IntN(4) == 0 {
				o.Brake = "storm"
			}
			state = w.decide(now, p, state, o)
		}
	})
}

// witness remembers on its own what was done.
type witness struct {
	t          *testing.T
	rules      map[string]guide.Rule
	acted      map[string][]time.Time
	since      map[string]time.Time // when `flag` rules began to hold
	fired      map[string]time.Time
	touched    time.Time
	rolling    string // back from, until another revision runs
	rolledBack []string
	wishes     []string // held back for approval at the last decision
	restarts   map[string][]time.Time
}

// restartsAllowed is a component's budget for all rules together.
func restartsAllowed() guide.Budget {
	return guide.Budget{Actions: 3, Per: metav1.Duration{Duration: 40 * time.Minute}}
}

func (w *witness) decide(now time.Time, p *sla.Program, state sla.State, o guide.Observation) sla.State {
	before := encode(w.t, state)
	d := sla.Decide(now, p, state, o)
	if after := encode(w.t, state); before != after {
		w.t.Fatalf("Decide changed its argument: %s", cmp.Diff(before, after))
	}
	var restored sla.State
	if err := json.Unmarshal([]byte(encode(w.t, d.State)), &restored); err != nil {
		w.t.Fatal(err)
	}
	if again := sla.Decide(now, p, state, o); !reflect.DeepEqual(d, again) {
		w.t.Fatalf("not deterministic: %s", cmp.Diff(d, again))
	}
	if !d.Wake.IsZero() && !d.Wake.After(now) {
		w.t.Fatalf("would wake at %s, now is %s", d.Wake, now)
	}
	if d.Acted != (len(d.Actions) > 0) {
		w.t.Fatalf("acted is %t with %d actions", d.Acted, len(d.Actions))
	}
	if w.rolling != "" && w.rolling != o.Revision {
		w.rolledBack, w.rolling = append(w.rolledBack, w.rolling), ""
	}
	w.watchFlags(now, o)
	touching := 0
	for _, a := range d.Actions {
		w.checkAction(now, a, o)
		if !a.DryRun && a.Kind != sla.Notify && !w.rules[a.Rule].Independent {
			touching++
		}
	}
	if touching > 1 {
		w.t.Fatalf("%d actions at a time: %+v", touching, d.Actions)
	}
	w.wishes = nil
	for _, p := range d.Pending {
		if p.Hold == sla.HoldApproval {
			w.wishes = append(w.wishes, p.Approval)
		}
	}
	return restored
}

// watchFlags follows since when the condition of the rules with a `for` holds.
func (w *witness) watchFlags(now time.Time, o guide.Observation) {
	alive := map[string]bool{}
	for _, p := range o.Pods {
		alive[p.UID] = true
		switch {
		case p.NodeReady == nil: // unknown keeps
		case *p.NodeReady:
			delete(w.since, p.UID)
		case w.since[p.UID].IsZero():
			w.since[p.UID] = now
		}
	}
	for uid := range w.since {
		if !alive[uid] {
			delete(w.since, uid)
		}
	}
}

func (w *witness) checkAction(now time.Time, a sla.Action, o guide.Observation) {
	rule := w.rules[a.Rule]
	scope := a.Rule + " " + a.Target.String() + a.Target.UID
	pod, owner := find(o, a.Target)
	if owner != nil {
		scope = a.Rule + " " + owner.Kind + "/" + owner.Name
	}
	w.checkLimits(now, rule, scope)
	if pod != nil && rule.For.Duration > 0 && rule.Expr == flagExpr {
		since, ok := w.since[pod.UID]
		if last := w.fired[a.Rule+pod.UID]; last.After(since) {
			since = last
		}
		if !ok || now.Sub(since) < rule.For.Duration {
			w.t.Fatalf("%s fired after %s of %s", a.Rule, now.Sub(since), rule.For.Duration)
		}
		w.fired[a.Rule+pod.UID] = now
	}
	w.checkWindow(now, a, rule)
	if a.DryRun || a.Kind == sla.Notify {
		return
	}
	if o.Brake != "" && a.Kind != sla.Rollback {
		w.t.Fatalf("%s of %s in spite of the brake", a.Kind, a.Target)
	}
	// Approval was asked for before, and given for just that wish.
	if rule.Approval && !slices.ContainsFunc(o.Approved, func(id string) bool { return slices.Contains(w.wishes, id) }) {
		w.t.Fatalf("%s acted without approval", a.Rule)
	}
	for _, other := range w.rules {
		if slices.Contains(other.Inhibits, a.Rule) && !other.Disabled && other.Expr == "rollout.failed" && o.Rollout != nil && o.Rollout.Failed {
			w.t.Fatalf("%s acted, though %s holds", a.Rule, other.Name)
		}
	}
	if rule.Independent {
		w.checkHarm(now, a, pod, owner, o)
		return
	}
	if !w.touched.IsZero() && now.Sub(w.touched) < sla.Pace {
		w.t.Fatalf("touched at %s and again at %s", w.touched, now)
	}
	w.touched = now
	w.checkHarm(now, a, pod, owner, o)
}

// checkWindow knows the one window: the first 20 minutes of each hour.
func (w *witness) checkWindow(now time.Time, a sla.Action, rule guide.Rule) {
	open := now.Minute() < 20
	if rule.Maintenance == guide.MaintenanceOnly && !open || rule.Maintenance == "" && open {
		w.t.Fatalf("%s acted at %s, maintenance %q", a.Rule, now, rule.Maintenance)
	}
}

func (w *witness) checkLimits(now time.Time, rule guide.Rule, scope string) {
	cooldown := rule.Cooldown.Duration
	if cooldown == 0 {
		cooldown = guide.DefaultCooldown
	}
	budget := guide.Budget{Actions: guide.DefaultBudgetActions, Per: metav1.Duration{Duration: guide.DefaultBudgetPer}}
	if rule.Budget != nil {
		budget = *rule.Budget
	}
	acted := w.acted[scope]
	if n := len(acted); n > 0 && now.Sub(acted[n-1]) < cooldown {
		w.t.Fatalf("%s acted %s after the last time, cooldown %s", scope, now.Sub(acted[n-1]), cooldown)
	}
	if n := len(acted); n >= budget.Actions && now.Sub(acted[n-budget.Actions]) < budget.Per.Duration {
		w.t.Fatalf("%s acted more than %d times in %s", scope, budget.Actions, budget.Per.Duration)
	}
	w.acted[scope] = append(acted, now)
}

// checkHarm makes sure that the worst outcome of an action is no worse than the
// floor, or than it was.
func (w *witness) checkHarm(now time.Time, a sla.Action, pod *guide.Pod, owner *guide.Workload, o guide.Observation) {
	switch a.Kind {
	case sla.Rollback:
		if slices.Contains(w.rolledBack, o.Revision) {
			w.t.Fatalf("%s was rolled back twice", o.Revision)
		}
		if o.Rollout == nil || a.Revision == "" || a.Revision != o.Rollout.LastHealthy || a.Revision == o.Revision {
			w.t.Fatalf("rolled back from %s to %q: %+v", o.Revision, a.Revision, o.Rollout)
		}
		w.rolling = o.Revision
	case sla.Scale:
		if a.Amount <= owner.Desired || a.Amount != owner.Floor {
			w.t.Fatalf("scaled from %d to %d, floor %d", owner.Desired, a.Amount, owner.Floor)
		}
	case sla.Rebalance:
		if !pod.Crowded || pod.TerminatingSeconds > 0 || owner.Ready < owner.Desired || owner.Ready-1 < owner.Floor {
			w.t.Fatalf("rebalance takes %+v of %+v", pod, owner)
		}
	case sla.Reschedule, sla.Restart:
		if owner == nil {
			w.t.Fatalf("%s of %s, which nobody owns", a.Kind, a.Target)
		}
		past := append(w.restarts[owner.Name], now)
		if n := restartsAllowed().Actions; len(past) > n && now.Sub(past[len(past)-1-n]) < restartsAllowed().Per.Duration {
			w.t.Fatalf("%s was restarted at %v", owner.Name, past)
		}
		w.restarts[owner.Name] = past
		left := owner.Ready
		if a.Kind == sla.Restart {
			left = min(left, max(0, owner.Desired-owner.MaxUnavailable))
		} else if pod.Ready && pod.TerminatingSeconds == 0 {
			left--
		}
		if left < min(owner.Ready, owner.Floor) {
			w.t.Fatalf("%s of %s leaves %d of %d, floor %d", a.Kind, a.Target, left, owner.Ready, owner.Floor)
		}
	}
}

// find is the pod or workload of a target and the workload that owns it.
func find(o guide.Observation, t sla.Target) (pod *guide.Pod, owner *guide.Workload) {
	for i, p := range o.Pods {
		if t.Kind == "Pod" && p.UID == t.UID {
			pod = &o.Pods[i]
			t = sla.Target{Kind: p.ComponentKind, Name: p.Component}
			break
		}
	}
	for i, c := range o.Components {
		if c.Kind == t.Kind && c.Name == t.Name {
			owner = &o.Components[i]
		}
	}
	return pod, owner
}

func encode(t *testing.T, s sla.State) string {
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

const flagExpr = "!it.nodeReady"

func randomRules(r *rand.Rand) (rules []guide.Rule) {
	exprs := map[string][]string{
		guide.EachPods:       {"true", "!it.ready", flagExpr, "it.restarts > 2 && rollout.healthy"},
		guide.EachComponents: {"true", "it.ready < it.desired", "it.desired < it.floor", "it.zoneExcess > 0"},
		"":                   {"pods.exists(p, !p.nodeReady)", "rollout.failed", "rollout.failed", "rollout.lastHealthy != revision"},
	}
	for _, a := range []struct{ action, each string }{
		{"restart", "pods"}, {"restart", "components"}, {"reschedule", "pods"}, {"scale", "components"},
		{"rebalance", "components"}, {"rollback", ""}, {"notify", "pods"}, {"reschedule", "pods"},
	} {
		g := guide.Rule{
			Name: fmt.Sprintf("rule-%d", len(rules)), Each: a.each, Action: a.action,
			Expr: exprs[a.each][r.IntN(len(exprs[a.each]))], DryRun: r.IntN(5) == 0, Disabled: r.IntN(8) == 0,
			For: seconds(r, 0, 300), Cooldown: seconds(r, 0, 600),
		}
		g.Priority = r.IntN(3)
		g.Maintenance = []string{"", "", guide.MaintenanceIgnore, guide.MaintenanceIgnore, guide.MaintenanceOnly}[r.IntN(5)]
		g.Approval, g.Independent = r.IntN(5) == 0, r.IntN(5) == 0
		for range r.IntN(3) {
			g.Escalation = append(g.Escalation, []string{"notify", "rollback", a.action}[r.IntN(3)])
		}
		if n := len(rules); n > 0 && (a.each == "" || r.IntN(3) == 0) {
			g.Inhibits = []string{rules[r.IntN(n)].Name}
		}
		if r.IntN(2) == 0 {
			g.Budget = &guide.Budget{Actions: 1 + r.IntN(4), Per: seconds(r, 1, 3600)}
		}
		rules = append(rules, g)
	}
	return rules
}

func seconds(r *rand.Rand, least, most int) metav1.Duration {
	return metav1.Duration{Duration: time.Duration(least+r.IntN(most-least)) * time.Second}
}

func randomObservation(r *rand.Rand) guide.Observation {
	o := guide.Observation{Application: "app", Namespace: "ns", Revision: "r0"}
	for i, kind := range []string{"Deployment", "StatefulSet", "DaemonSet", "Job"} {
		o.Components = append(o.Components, guide.Workload{
			Kind: kind, Namespace: "ns", Name: fmt.Sprint("c", i), Floor: int32(r.IntN(3)), MaxUnavailable: int32(r.IntN(3)),
		})
	}
	return o
}

// change lets a few things happen to the application.
func change(r *rand.Rand, o *guide.Observation) {
	if r.IntN(5) == 0 {
		o.Revision = fmt.Sprint("r", r.IntN(6))
	}
	o.Rollout = nil
	if r.IntN(4) > 0 {
		o.Rollout = &guide.RolloutSeen{
			Failed: r.IntN(2) == 0, Healthy: r.IntN(2) == 0, LastHealthy: []string{"", "r0", "r1"}[r.IntN(3)],
		}
	}
	o.Pods = slices.Clone(o.Pods)
	o.Pods = slices.DeleteFunc(o.Pods, func(guide.Pod) bool { return r.IntN(10) == 0 })
	for len(o.Pods) < 8 {
		o.Pods = append(o.Pods, guide.Pod{
			Namespace: "ns", Name: fmt.Sprint("p", r.IntN(20)), UID: fmt.Sprintf("%08x-0", r.Uint32()),
		})
		if c := o.Components[r.IntN(4)]; r.IntN(8) > 0 {
			o.Pods[len(o.Pods)-1].Component, o.Pods[len(o.Pods)-1].ComponentKind = c.Name, c.Kind
		}
	}
	for i := range o.Pods {
		p := &o.Pods[i]
		p.Ready, p.Restarts, p.TerminatingSeconds, p.NodeReady = r.IntN(2) == 0, int32(r.IntN(5)), 0, nil
		if r.IntN(6) == 0 {
			p.TerminatingSeconds = 1
		}
		if r.IntN(4) > 0 {
			up := r.IntN(4) == 0
			p.NodeReady = &up
		}
		p.Crowded = r.IntN(2) == 0
		p.Reason, p.CrashLooping = []string{"", "Unschedulable"}[r.IntN(2)], r.IntN(2) == 0
	}
	o.Components = slices.Clone(o.Components)
	for i := range o.Components {
		c := &o.Components[i]
		c.Desired, c.Ready, c.ZoneExcess = int32(r.IntN(4)), 0, int32(r.IntN(3))
		for _, p := range o.Pods {
			if p.Component == c.Name && p.Ready && p.TerminatingSeconds == 0 {
				c.Ready++
			}
		}
	}
}
