package reach

import (
	"fmt"
	"maps"
	"slices"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// number routes TCP and UDP ports, each by its number. What nothing else routes
// goes to a load balancer.
func (r *Routes) number(a Application, ports []Port) {
	var rest []Port
	for _, p := range ports {
		gateway, listener, found := a.listens(p)
		switch {
		case found:
			ref := parent(a, gateway)
			ref["sectionName"] = listener.Name
			r.Objects = append(r.Objects, Object{
				APIVersion: gatewayGroup + "/v1alpha2", Kind: upper(p) + "Route", Name: a.Name + "-" + p.Name,
				Annotations: maps.Clone(a.Ingress.Annotations),
				Spec: map[string]any{
					"parentRefs": []any{ref},
					"rules":      []any{map[string]any{"backendRefs": []any{map[string]any{"name": p.Service, "port": p.Number}}}},
				},
			})
		case a.Platform.Provisions != "" && a.Ingress.Kind != guide.IngressGateway:
			r.Objects = append(r.Objects, traefikRoute(a, p))
		default:
			rest = append(rest, p)
		}
	}
	if len(rest) > 0 {
		r.balance(a, rest)
	}
}

// listens finds a Gateway that listens on the port.
func (a Application) listens(p Port) (guide.Gateway, guide.Listener, bool) {
	if !a.has(gatewayGroup, upper(p)+"Route") || a.Ingress.Kind == guide.IngressIngress {
		return guide.Gateway{}, guide.Listener{}, false
	}
	for _, g := range a.Platform.Gateways {
		if a.Ingress.Gateway != "" && a.Ingress.Gateway != g.Namespace+"/"+g.Name {
			continue
		}
		l, ok := a.listener(g, func(l guide.Listener) bool { return l.Port == p.Number && l.Protocol == upper(p) })
		if ok {
			return g, l, true
		}
	}
	return guide.Gateway{}, guide.Listener{}, false
}

func upper(p Port) string {
	if p.Protocol == guide.ProtocolUDP {
		return "UDP"
	}
	return "TCP"
}

// traefikRoute is a route of the Traefik that the agent brings up, which opens an
// entry point of that name: tcp-PORT or udp-PORT.
func traefikRoute(a Application, p Port) Object {
	route := map[string]any{"services": []any{map[string]any{"name": p.Service, "port": p.Number}}}
	if p.Protocol == guide.ProtocolTCP {
		route["match"] = "HostSNI(`*`)" // without TLS there is no name to go by
	}
	return Object{
		APIVersion: "traefik.io/v1alpha1", Kind: "IngressRoute" + upper(p), Name: a.Name + "-" + p.Name,
		Annotations: maps.Clone(a.Ingress.Annotations),
		Spec: map[string]any{
			"entryPoints": []any{fmt.Sprintf("%s-%d", p.Protocol, p.Number)}, "routes": []any{route},
		},
	}
}

// balance adds a Service of type LoadBalancer for the ports of each Service.
func (r *Routes) balance(a Application, ports []Port) {
	for _, service := range services(ports) {
		some := slices.DeleteFunc(slices.Clone(ports), func(p Port) bool { return p.Service != service })
		var list []any
		for _, p := range some {
			protocol := "TCP"
			if p.Protocol == guide.ProtocolUDP {
				protocol = "UDP"
			}
			list = append(list, map[string]any{"name": p.Name, "port": p.Number, "targetPort": p.Name, "protocol": protocol})
		}
		set := a.balancer()
		maps.Copy(set, a.Ingress.Annotations)
		selector := map[string]any{}
		for k, v := range some[0].Selector {
			selector[k] = v
		}
		r.Objects = append(r.Objects, Object{
			APIVersion: "v1", Kind: "Service", Name: service + "-public", Annotations: set,
			Spec: map[string]any{"type": "LoadBalancer", "selector": selector, "ports": list},
		})
	}
}

func services(ports []Port) (names []string) {
	for _, p := range ports {
		if !slices.Contains(names, p.Service) {
			names = append(names, p.Service)
		}
	}
	return names
}

// balancer is what the cloud's load balancer has to be told.
func (a Application) balancer() map[string]string {
	set := map[string]string{}
	switch a.Platform.Provider {
	case guide.ProviderAWS: // AWS Load Balancer Controller, "Network Load Balancer" and "Service annotations"
		const prefix = "service.beta.kubernetes.io/aws-load-balancer-"
		set[prefix+"type"] = "nlb" // as the in-tree controller has it
		// The controller's are internal by default, also EKS Auto Mode's.
		set[prefix+"scheme"] = "internet-facing"
		if slices.ContainsFunc(a.Platform.IngressClasses, func(c guide.IngressClass) bool { return c.Controller == controllerALB }) {
			set[prefix+"type"] = "external"
			set[prefix+"nlb-target-type"] = "ip"
		}
	case guide.ProviderGCP: // GKE, "About LoadBalancer Services": in any version that is supported
		set["cloud.google.com/l4-rbs"] = "enabled"
	} // cloud-provider-azure, "Azure LoadBalancer": public, and probed by TCP while ports name no appProtocol
	if a.Platform.ExternalDNS && a.host() != "" {
		set["external-dns.alpha.kubernetes.io/hostname"] = a.host()
	}
	return set
}
