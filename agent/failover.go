package agent

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/agent/sites"
	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/monitor/failover"
	"github.com/spotguide/spotguide/render"
	"github.com/spotguide/spotguide/spotguides/guide"
	"github.com/spotguide/spotguide/sync/inventory"
)

// stance is where the application stands, of one that fails over.
type stance struct {
	sites.Standing
	settings guide.Failover
	// mirror and head: the revision that a standby holds ready, and the newest one
	// then. Once primary, it runs that until there is a newer one.
	mirror, head string
	absent       []inventory.Ref  // what is not to be here while it is a standby
	least        map[string]int32 // replicas of workloads whose number nobody writes
}

// standby tells whether nothing of the application is to run in this cluster.
func (a *application) standby() bool { return a.stands != nil && a.stands.Role == failover.Standby }

// site takes over where the application stands now, and tells of a change.
func (a *application) site() {
	now, looked := a.sites.Standing(a.owner)
	if a.stands == nil || !looked || now.Role == failover.Undecided {
		return
	}
	a.stands.Standing = now
	v := status.Site{Name: now.Site, Role: string(now.Role), Epoch: now.Epoch, Primary: now.Primary, Message: now.Why}
	if now.Trouble != "" && v.Message == "" {
		v.Message = now.Trouble
	}
	was := status.Site{}
	if a.view.Site != nil {
		was = *a.view.Site
	}
	v.Served, v.Started = was.Served, was.Started
	a.view.Site = &v
	switch {
	case v.Role == was.Role:
	case now.Role == failover.Primary && now.Epoch > 1:
		other := a.stands.settings.Other(now.Site)
		why := other + " has stopped for it"
		if now.Quiet > 0 {
			why = fmt.Sprintf("%s had not been heard of for %s", other, now.Quiet.Round(time.Second))
		}
		a.tell(warning, "FailedOver", fmt.Sprintf("%s is primary now, by epoch %d: %s", now.Site, now.Epoch, why))
	case was.Role == string(failover.Primary):
		a.tell(warning, "StoodDown", fmt.Sprintf("%s is not primary any more: %s", now.Site, now.Why))
	}
}

// place settles whether a revision is to run here. It returns false while nobody
// knows yet.
func (a *application) place(d desired, g *guide.Guide) (bool, error) {
	f := g.SLA.Failover
	if f == nil {
		if a.stands != nil {
			a.sites.Forget(a.owner)
		}
		a.stands, a.view.Site = nil, nil
		return true, nil
	}
	if f.Other(d.binding.Environment) == "" {
		return false, fmt.Errorf("sla.yaml: failover: the sites are %s, and namespace %s has the environment %q: annotate it with %s, by where this cluster is",
			strings.Join(f.Sites, " and "), a.owner.Namespace, d.binding.Environment, binding.Environment)
	}
	a.sites.Follow(a.owner, failover.Settings{Failover: *f, Self: d.binding.Environment})
	if a.stands == nil {
		a.stands = &stance{}
	}
	a.stands.settings = *f
	a.site()
	if a.stands.Role == failover.Undecided {
		a.phase(status.Pending, "finds out which site is primary")
		return false, nil
	}
	return true, nil
}

// standingKey is what the content address of what is applied has to say of where the
// application stands.
func (a *application) standingKey() string {
	if a.stands == nil {
		return ""
	}
	return fmt.Sprintf("%s %d", a.stands.Role, a.stands.Epoch)
}

// mirrored is the revision that another site has found healthy: a standby holds that
// ready, and runs it once it is primary, until there is a newer one.
func (a *application) mirrored(d desired) string {
	switch s := a.stands; {
	case s == nil:
		return ""
	case s.Role == failover.Standby:
		s.mirror, s.head = s.Mirror, d.snapshot.Revision
		return s.Mirror
	case s.head == d.snapshot.Revision:
		return s.mirror
	}
	return ""
}

// shape makes what was rendered what it is to be at this site.
func (a *application) shape(r render.Result, g *guide.Guide) render.Result {
	s := a.stands
	if s == nil {
		return r
	}
	s.absent, s.least = nil, map[string]int32{}
	r.Objects = slices.DeleteFunc(slices.Clone(r.Objects), func(o render.Object) bool {
		kind := o.GroupVersionKind()
		if _, given, _ := unstructured.NestedFieldNoCopy(o.Object, "spec", "replicas"); !given && (kind.Kind == "Deployment" || kind.Kind == "StatefulSet") {
			component, _ := g.Application.ComponentOf(a.owner.Application, o.GetName())
			scaled, _ := g.SLA.AutoscalingOf(component)
			s.least[kind.Kind+"/"+o.GetName()] = scaled.MinReplicas
		}
		if sites.Shape(o.Unstructured, s.Standing, s.settings) {
			return false
		}
		s.absent = append(s.absent, inventory.Ref{Group: kind.Group, Version: kind.Version, Kind: kind.Kind, Namespace: o.GetNamespace(), Name: o.GetName()})
		return true
	})
	if a.standby() {
		r.Steps = nil
	}
	return r
}

// onlyAbsent tells whether a prune is held for nothing but what a standby does not
// have.
func (a *application) onlyAbsent(err error) bool {
	var held *inventory.HeldError
	if !a.standby() || !errors.As(err, &held) {
		return false
	}
	for _, lost := range held.Lost {
		if !slices.ContainsFunc(a.stands.absent, func(r inventory.Ref) bool {
			return r.Group == lost.Group && r.Kind == lost.Kind && r.Name == lost.Name
		}) {
			return false
		}
	}
	return true
}

// started sees to it that a new primary's workloads have replicas.
func (a *application) started(ctx context.Context) {
	if a.stands == nil || a.stands.Role != failover.Primary || a.view.Site == nil || a.view.Site.Started == a.stands.Epoch {
		return
	}
	if err := a.sites.Start(ctx, a.owner, a.stands.least); err != nil {
		a.log.Warn("workloads not started, will try again", "error", err)
		a.again(time.Second)
		return
	}
	v := *a.view.Site
	v.Started = a.stands.Epoch
	a.view.Site = &v
}

// serves notes that the application is healthy where it is primary, and tells how
// long a failover has taken.
func (a *application) serves() {
	s, v := a.stands, a.view.Site
	if s == nil || v == nil || s.Role != failover.Primary {
		return
	}
	a.sites.Runs(a.owner, a.view.LastHealthy)
	if v.Served == s.Epoch {
		return
	}
	served := *v
	served.Served = s.Epoch
	a.view.Site = &served
	if s.Epoch == 1 {
		return
	}
	took, since := time.Since(s.Since), "after it became primary"
	if s.Quiet > 0 {
		took, since = took+s.Quiet, "after "+s.settings.Other(s.Site)+" was heard of last"
	}
	a.tell(normal, "Serves", fmt.Sprintf("%s is healthy at %s, %s %s", short(a.view.Revision), s.Site, took.Round(100*time.Millisecond), since))
}

// stood is the phase of an application that is healthy where nothing runs.
func (a *application) stood() {
	s := a.stands
	switch {
	case s.Primary == s.Site || s.Primary == "":
		a.phase(status.Degraded, s.Why)
	default:
		message := fmt.Sprintf("standby of %s, epoch %d", s.Primary, s.Epoch)
		if s.Why != "" && s.Why != s.Primary+" is primary" {
			message += ": " + s.Why
		}
		a.phase(status.Healthy, message)
	}
}
