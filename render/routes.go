package render

import (
	"maps"
	"slices"

	"github.com/spotguide/spotguide/render/reach"
	"github.com/spotguide/spotguide/spotguides/guide"
)

// expose makes the first HTTP or gRPC port of detected source code public, where
// the environment says how it would be reached. Where somebody has declared the
// component's ports, they are as declared.
func (j job) expose(c *guide.Component) {
	declared := slices.ContainsFunc(j.Components, func(d guide.Component) bool { return d.Name == c.Name && len(d.Ports) > 0 })
	if declared || j.Settings.Domain == "" && j.Settings.Ingress == nil {
		return
	}
	i := slices.IndexFunc(c.Ports, func(p guide.Port) bool { return named(p.Protocol) })
	if i < 0 {
		return
	}
	c.Ports = slices.Clone(c.Ports)
	c.Ports[i].Public = true
}

// named tells whether a port's protocol is routed by name and path.
func named(protocol string) bool {
	return protocol == "" || protocol == guide.ProtocolHTTP || protocol == guide.ProtocolGRPC
}

// connect adds what connects the components with the world.
func (j job) connect(v *ChartValues) ([]string, error) {
	a := reach.Application{
		Name: j.App, Namespace: j.Namespace, Domain: j.Settings.Domain, Platform: j.Platform, Kinds: j.Kubernetes.APIVersions,
	}
	if j.Settings.Ingress != nil {
		a.Ingress = *j.Settings.Ingress
	}
	var members []reach.Member
	for _, c := range v.Components {
		if c.Workload == guide.WorkloadJob || c.Workload == guide.WorkloadCronJob {
			continue
		}
		selector := map[string]string{"app.kubernetes.io/name": j.App, "app.kubernetes.io/component": c.Name}
		members = append(members, reach.Member{Name: c.FullName, Selector: selector, Ports: c.Ports, Named: len(c.Aliases) > 0})
		a.Ports = append(a.Ports, j.public(c, selector)...)
	}
	routes, err := reach.To(a)
	if err != nil {
		return routes.Notices, problem(j.descriptor("environment.yaml"), 0, "%w", err)
	}
	v.Objects = append(routes.Objects, reach.Monitors(members, j.Kubernetes.APIVersions)...)
	if j.Settings.NetworkPolicy {
		v.Objects = append(v.Objects, reach.Policies(append(members, j.backers(v)...))...)
	}
	for i := range v.Components {
		v.Components[i].ServiceAnnotations = maps.Clone(routes.Services[v.Components[i].FullName])
	}
	return routes.Notices, nil
}

// backers are the services beside the application, which its namespace reaches.
func (j job) backers(v *ChartValues) (members []reach.Member) {
	for _, s := range v.Services {
		members = append(members, reach.Member{
			Name:     s.Name,
			Selector: map[string]string{"app.kubernetes.io/name": s.Name, "app.kubernetes.io/component": s.Kind},
			Ports:    []guide.Port{{Name: s.Kind, Port: s.Port, Protocol: guide.ProtocolTCP}},
		})
	}
	return members
}

// public are a component's ports that are to be reached from outside.
func (j job) public(c ChartComponent, selector map[string]string) []reach.Port {
	var ports []reach.Port
	for _, p := range c.Ports {
		if !p.Public {
			continue
		}
		to := reach.Port{
			Service: c.FullName, Selector: selector, Name: p.Name, Number: p.Port, Protocol: p.Protocol, Path: p.Path,
			Sockets: j.Stack != nil && j.Stack.Protocol == guide.ProtocolWebSocket,
		}
		or(&to.Protocol, guide.ProtocolHTTP)
		or(&to.Path, "/")
		if c.Probes != nil {
			to.Health = c.Probes.Readiness
		}
		ports = append(ports, to)
	}
	return ports
}
