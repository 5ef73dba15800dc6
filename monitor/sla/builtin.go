package sla

import (
	"cmp"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// Rules are the rules of an SLA: those that every application has, changed or
// switched off by the SLA's of the same name, then its other ones.
func Rules(s guide.SLA) []guide.Rule {
	rules := builtin()
	if s.Rollout.Rollback != nil && !*s.Rollout.Rollback {
		for i := range rules {
			rules[i].Disabled = rules[i].Action == guide.ActionRollback
		}
	}
	index := map[string]int{}
	for i, r := range rules {
		index[r.Name] = i
	}
	for _, r := range s.Rules {
		i, ok := index[r.Name]
		switch {
		case ok && r.Partial():
			rules[i] = changed(rules[i], r)
		case ok:
			rules[i] = r
		default:
			rules = append(rules, r)
		}
	}
	return rules
}

// changed is a rule with what another one of its name says of it.
func changed(r, by guide.Rule) guide.Rule {
	r.Each = cmp.Or(by.Each, r.Each)
	r.For = cmp.Or(by.For, r.For)
	r.Cooldown = cmp.Or(by.Cooldown, r.Cooldown)
	r.Budget = cmp.Or(by.Budget, r.Budget)
	r.Priority = cmp.Or(by.Priority, r.Priority)
	r.Maintenance = cmp.Or(by.Maintenance, r.Maintenance)
	if by.Escalation != nil {
		r.Escalation = by.Escalation
	}
	if by.Inhibits != nil {
		r.Inhibits = by.Inhibits
	}
	r.Approval, r.Independent = r.Approval || by.Approval, r.Independent || by.Independent
	r.DryRun, r.Disabled = r.DryRun || by.DryRun, r.Disabled || by.Disabled
	return r
}

// builtin are the rules that every application has.
func builtin() []guide.Rule {
	// Where another pod takes the place of one that was in trouble for minutes, the
	// cooldown is longer than that: else the episode is over before the new one can
	// be in trouble, and nobody is ever told.
	twiceThenTell := []string{guide.ActionReschedule, guide.ActionNotify}
	return []guide.Rule{{
		Name:   "failed-rollout",
		Expr:   `rollout.failed && rollout.lastHealthy != "" && rollout.lastHealthy != revision`,
		Action: guide.ActionRollback,
	}, {
		// Pods that are older than the revision crashed before it; it may be what
		// mends them.
		Name: "crashing-rollout",
		Expr: `!rollout.healthy && rollout.lastHealthy != "" && rollout.lastHealthy != revision` +
			` && pods.exists(p, p.reason == "CrashLoopBackOff" && p.restarts >= 2 && p.ageSeconds <= rollout.ageSeconds)`,
		Action: guide.ActionRollback,
	}, {
		// What is on a node that is off runs no more: nothing is taken from anybody.
		Name:        "node-off",
		Each:        guide.EachNodes,
		Expr:        `it.off && it.pods > 0`,
		For:         metav1.Duration{Duration: 10 * time.Second},
		Action:      guide.ActionFree,
		Cooldown:    metav1.Duration{Duration: 30 * time.Second},
		Budget:      &guide.Budget{Actions: 10, Per: metav1.Duration{Duration: time.Hour}},
		Independent: true,
		Maintenance: guide.MaintenanceIgnore,
	}, {
		Name:     "node-lost",
		Each:     guide.EachNodes,
		Expr:     `!it.ready && !it.off && it.pods > 0 && it.forSeconds > 300`,
		Action:   guide.ActionNotify,
		Cooldown: metav1.Duration{Duration: time.Hour},
	}, {
		// An autoscaler that finds 0 replicas takes that for a pause.
		Name:     "replica-floor",
		Each:     guide.EachComponents,
		Expr:     `it.desired < it.floor && (!it.autoscaled || it.desired == 0)`,
		Action:   guide.ActionScale,
		Cooldown: metav1.Duration{Duration: 30 * time.Second},
		Budget:   &guide.Budget{Actions: 10, Per: metav1.Duration{Duration: time.Hour}},
	}, {
		// A revision that never was healthy is the rollback's to mend.
		Name:   "crash-loop",
		Each:   guide.EachPods,
		Expr:   `it.crashLooping && rollout.lastHealthy == revision`,
		For:    metav1.Duration{Duration: 2 * time.Minute},
		Action: guide.ActionReschedule, Escalation: twiceThenTell,
	}, {
		Name: "stuck-pod",
		Each: guide.EachPods,
		Expr: `it.reason in ["ContainerCreating", "PodInitializing", "CreateContainerError", "RunContainerError"]` +
			` && it.stuck == "" && it.node != "" && it.notReadyForSeconds > 300 && rollout.lastHealthy == revision`,
		Action: guide.ActionReschedule, Escalation: twiceThenTell,
		Cooldown: metav1.Duration{Duration: 6 * time.Minute},
	}, {
		// A second try may find a node that can have the volume. It takes that long
		// until a volume of a node that was lost can be had elsewhere.
		Name:   "stuck-volume",
		Each:   guide.EachPods,
		Expr:   `it.stuck == "Volume" && it.notReadyForSeconds > 420 && rollout.lastHealthy == revision`,
		Action: guide.ActionReschedule, Escalation: []string{guide.ActionNotify},
		Cooldown: metav1.Duration{Duration: 8 * time.Minute},
	}, {
		Name:   "not-ready",
		Each:   guide.EachPods,
		Expr:   `it.phase == "Running" && it.reason == "" && !it.crashLooping && it.notReadyForSeconds > 600 && rollout.lastHealthy == revision`,
		Action: guide.ActionReschedule, Escalation: twiceThenTell,
		Cooldown: metav1.Duration{Duration: 12 * time.Minute},
	}, {
		// What returns is empty, since nothing moves by itself.
		Name:     "rebalance",
		Each:     guide.EachComponents,
		Expr:     `(it.zoneExcess > 0 || it.nodeExcess > 0) && it.ready == it.desired && it.updated == it.desired && rollout.healthy`,
		For:      metav1.Duration{Duration: time.Minute},
		Action:   guide.ActionRebalance,
		Cooldown: metav1.Duration{Duration: time.Minute},
		Budget:   &guide.Budget{Actions: 20, Per: metav1.Duration{Duration: time.Hour}},
		Priority: -10,
	}, {
		Name:     "cannot-start",
		Each:     guide.EachPods,
		Expr:     `it.stuck in ["Unschedulable", "Image", "Config"]`,
		For:      metav1.Duration{Duration: time.Minute},
		Action:   guide.ActionNotify,
		Cooldown: metav1.Duration{Duration: time.Hour},
	}, {
		Name:     "stuck-terminating",
		Each:     guide.EachPods,
		Expr:     `it.terminatingSeconds > 300 && !it.nodeOff`,
		Action:   guide.ActionNotify,
		Cooldown: metav1.Duration{Duration: time.Hour},
	}}
}
