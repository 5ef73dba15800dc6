package guide

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// The defaults of what a descriptor leaves out.
const (
	DefaultInterval      = 30 * time.Second
	DefaultDeadline      = 5 * time.Minute
	DefaultSoak          = 30 * time.Second
	DefaultCooldown      = 5 * time.Minute
	DefaultBudgetActions = 3
	DefaultBudgetPer     = time.Hour
	DefaultStepTimeout   = 10 * time.Minute
)

// setDefaults fills in what the descriptors leave out. It is the only place
// that does, and Load and Overlay both end here, so nobody else has to ask
// whether a field was given.
func (g *Guide) setDefaults() {
	for _, version := range []*string{&g.Application.APIVersion, &g.Environment.APIVersion, &g.SLA.APIVersion, &g.Monitor.APIVersion} {
		orElse(version, APIVersion)
	}
	orElse(&g.Application.Kind, "Application")
	orElse(&g.Environment.Kind, "Environment")
	orElse(&g.SLA.Kind, "SLA")
	orElse(&g.Monitor.Kind, "Monitor")
	for i := range g.Application.Components {
		g.Application.Components[i].setDefaults()
	}
	for i := range g.Application.Detect.Facts {
		orElse(&g.Application.Detect.Facts[i].Take, TakeFirst)
	}
	for _, stage := range []Stage{StageBefore, StageAfter} {
		for i, s := range g.Application.Steps.Of(stage) {
			orElse(&s.Timeout.Duration, DefaultStepTimeout)
			if stage == StageAfter {
				orElse(&s.OnFailure, OnFailureRollback)
			}
			g.Application.Steps.Of(stage)[i] = s
		}
	}
	rollback := true
	orElse(&g.SLA.Rollout.Deadline.Duration, DefaultDeadline)
	orElse(&g.SLA.Rollout.Soak.Duration, DefaultSoak)
	orElse(&g.SLA.Rollout.Rollback, &rollback)
	g.SLA.Failover.setDefaults()
	for i := range g.SLA.Objectives {
		orElse(&g.SLA.Objectives[i].Window, DefaultObjectiveWindow)
	}
	for i := range g.SLA.Rules {
		if !g.SLA.Rules[i].Partial() { // else it has those of the rule that it changes
			g.SLA.Rules[i].setDefaults()
		}
	}
	orElse(&g.Monitor.Interval.Duration, DefaultInterval)
	for _, a := range g.SLA.Autoscaling {
		for i := range a.Metrics {
			orElse(&a.Metrics[i].Most, g.Monitor.most(a.Metrics[i].Name))
		}
	}
}

// setDefaults leaves the workload open: source code and compose files may say
// that it is a Job, and volumes make it a StatefulSet.
func (c *Component) setDefaults() {
	for i := range c.Ports {
		port := &c.Ports[i]
		orElse(&port.Protocol, ProtocolHTTP)
		if port.Protocol == ProtocolHTTP || port.Protocol == ProtocolGRPC {
			orElse(&port.Path, "/")
		}
	}
}

func (r *Rule) setDefaults() {
	orElse(&r.Cooldown.Duration, DefaultCooldown)
	orElse(&r.Budget, &Budget{Actions: DefaultBudgetActions, Per: metav1.Duration{Duration: DefaultBudgetPer}})
}

// orElse sets v when it has the zero value.
func orElse[V comparable](v *V, value V) {
	var zero V
	if *v == zero {
		*v = value
	}
}
