package agent

import (
	"context"
	"embed"
	"fmt"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/spotguide/spotguide/agent/config"
	"github.com/spotguide/spotguide/agent/platform"
	"github.com/spotguide/spotguide/render"
	"github.com/spotguide/spotguide/spotguides/guide"
	"github.com/spotguide/spotguide/sync/apply"
	"github.com/spotguide/spotguide/sync/inventory"
)

// ingressInstaller brings the guide traefik up by the same renderer and applier
// as every application, but with the agent's own rights.
type ingressInstaller struct {
	*workshop
	cfg     config.Ingress
	applier *apply.Applier
}

// newIngress makes what provides the ingress controller, nil where that is not
// wanted.
func (a *Agent) newIngress(w *workshop, mapper meta.RESTMapper) (*platform.Ingress, error) {
	c := a.cfg.Ingress
	if !c.Provision {
		return nil, nil
	}
	applier, err := apply.New(a.clients.cluster, apply.Config{
		Mapper: mapper, Store: w.store, Log: a.log,
		Allow: apply.AllowList{{
			From:  []string{c.Namespace},
			Kinds: []string{"IngressClass.networking.k8s.io", "CustomResourceDefinition.apiextensions.k8s.io"},
		}},
	})
	if err != nil {
		return nil, err
	}
	installer := ingressInstaller{workshop: w, cfg: c, applier: applier}
	return platform.NewIngress(a.clients.typed, c.Namespace, installer.install, a.log), nil
}

// install makes the cluster hold the controller with the ports that are needed.
func (i ingressInstaller) install(ctx context.Context, n platform.Needs) error {
	cluster, surveyed, err := i.cluster.get(ctx)
	if err != nil {
		return err
	}
	base, err := i.detector.named(platform.Guide)
	if err != nil {
		return err
	}
	result, err := i.renderer.Render(ctx, render.Request{
		Tree: embed.FS{}, Match: guide.Match{App: platform.Guide, Dir: ".", Guide: platform.Guide},
		Guide: ingressValues(*base, i.cfg, n, surveyed), Namespace: i.cfg.Namespace, Kubernetes: cluster, Platform: surveyed,
	})
	if err != nil {
		return err
	}
	owner := inventory.Owner{Namespace: i.cfg.Namespace, Application: platform.Guide}
	set := apply.Set{Owner: owner, Revision: i.cfg.Image}
	for _, o := range result.Objects {
		set.Objects = append(set.Objects, apply.Object{Unstructured: o.Unstructured, Origin: o.Origin})
	}
	done, err := i.applier.Apply(ctx, set, apply.Options{Identity: apply.AsAgent, Prune: true})
	if err != nil {
		return err
	}
	if err := i.applier.Commit(ctx, owner, done.Record); err != nil {
		return fmt.Errorf("write down what was installed: %w", err)
	}
	return nil
}

// ingressValues is the guide with what the operator and the applications want.
func ingressValues(g guide.Guide, c config.Ingress, n platform.Needs, p guide.Platform) *guide.Guide {
	values := maps.Clone(g.Environment.Values)
	if values == nil {
		values = map[string]any{}
	}
	service := map[string]any{"type": c.ServiceType}
	if p.Provider == guide.ProviderAWS {
		// Of the AWS Load Balancer Controller and the in-tree controller alike;
		// without it a classic load balancer comes up.
		service["annotations"] = map[string]any{"service.beta.kubernetes.io/aws-load-balancer-type": "nlb"}
	}
	values["tcp"], values["udp"], values["service"] = numbers(n.TCP), numbers(n.UDP), service
	g.Environment.Values = values
	if c.Image != "" {
		g.Application.Components = slices.Clone(g.Application.Components)
		g.Application.Components[0].Image = c.Image
	}
	return &g
}

// numbers are ports as values of a chart.
func numbers(ports []int32) []any {
	list := make([]any, len(ports))
	for i, p := range ports {
		list[i] = int64(p)
	}
	return list
}

// provide brings up what the application needs of the platform. A failure is
// told but keeps nothing else from being applied.
func (a *application) provide(ctx context.Context, r render.Result) {
	if a.ingress == nil {
		return
	}
	_, surveyed, err := a.cluster.get(ctx)
	if err == nil {
		objects := make([]*unstructured.Unstructured, len(r.Objects))
		for i, o := range r.Objects {
			objects[i] = o.Unstructured
		}
		err = a.ingress.Provide(ctx, a.owner.String(), platform.Of(objects, surveyed))
	}
	if err != nil && ctx.Err() == nil {
		a.log.Warn("ingress controller not provided", "error", err)
		a.tell(warning, "IngressNotProvided", err.Error())
	}
}
