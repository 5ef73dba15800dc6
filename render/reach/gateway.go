package reach

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spotguide/spotguide/spotguides/guide"
)

const gatewayGroup = "gateway.networking.k8s.io"

// gateway is the one that the application's routes attach to: the environment's,
// else the only one that takes them.
func (a Application) gateway() (guide.Gateway, bool) {
	if !a.has(gatewayGroup, "HTTPRoute") {
		return guide.Gateway{}, false
	}
	var open []guide.Gateway
	for _, g := range a.Platform.Gateways {
		if a.Ingress.Gateway == g.Namespace+"/"+g.Name {
			return g, true
		}
		if _, ok := a.listener(g, func(l guide.Listener) bool { return l.Protocol == "HTTP" || l.Protocol == "HTTPS" }); ok {
			open = append(open, g)
		}
	}
	if a.Ingress.Gateway != "" || len(open) != 1 {
		return guide.Gateway{}, false
	}
	return open[0], true
}

// listener finds one that takes the application's routes.
func (a Application) listener(g guide.Gateway, fits func(guide.Listener) bool) (guide.Listener, bool) {
	i := slices.IndexFunc(g.Listeners, func(l guide.Listener) bool {
		return fits(l) && (l.All || g.Namespace == a.Namespace) && serves(l, a.host())
	})
	if i < 0 {
		return guide.Listener{}, false
	}
	return g.Listeners[i], true
}

// serves tells whether a listener takes requests for a host.
func serves(l guide.Listener, host string) bool {
	if l.Hostname == "" || host == "" || l.Hostname == host {
		return true
	}
	suffix, wild := strings.CutPrefix(l.Hostname, "*")
	return wild && strings.HasSuffix(host, suffix) && len(host) > len(suffix)
}

func (a Application) noGateway() error {
	if !a.has(gatewayGroup, "HTTPRoute") {
		return fmt.Errorf("ingress.kind is gateway, but the cluster has no kinds of the Gateway API: install them, or leave it out")
	}
	var names []string
	for _, g := range a.Platform.Gateways {
		names = append(names, g.Namespace+"/"+g.Name)
	}
	if a.Ingress.Gateway != "" {
		return fmt.Errorf("ingress.gateway: there is no Gateway %s; there are: %s", a.Ingress.Gateway, strings.Join(names, ", "))
	}
	return fmt.Errorf("ingress.kind is gateway, but not exactly one Gateway takes routes from namespace %s: name one with ingress.gateway; there are: %s",
		a.Namespace, strings.Join(names, ", "))
}

// attach routes by name and path through a Gateway: a GRPCRoute for ports that
// speak gRPC, an HTTPRoute for the others.
func (r *Routes) attach(a Application, g guide.Gateway, ports []Port) {
	for _, kind := range []string{"HTTPRoute", "GRPCRoute"} {
		var rules []any
		for _, p := range ports {
			grpc := p.Protocol == guide.ProtocolGRPC && a.has(gatewayGroup, "GRPCRoute")
			if grpc != (kind == "GRPCRoute") {
				continue
			}
			rule := map[string]any{"backendRefs": []any{map[string]any{"name": p.Service, "port": p.Number}}}
			if !grpc {
				rule["matches"] = []any{map[string]any{"path": map[string]any{"type": "PathPrefix", "value": p.Path}}}
			}
			rules = append(rules, rule)
		}
		if len(rules) == 0 {
			continue
		}
		spec := map[string]any{"parentRefs": []any{parent(a, g)}, "rules": rules}
		if host := a.host(); host != "" {
			spec["hostnames"] = []any{host}
		}
		name := a.Name
		if kind == "GRPCRoute" && len(rules) < len(ports) {
			name += "-grpc"
		}
		r.Objects = append(r.Objects, Object{
			APIVersion: gatewayGroup + "/v1", Kind: kind, Name: name, Annotations: maps.Clone(a.Ingress.Annotations), Spec: spec,
		})
	}
	if a.Ingress.TLSIssuer != "" || a.Ingress.TLSSecret != "" {
		r.notice("certificates are the Gateway's own matter: tlsIssuer and tlsSecret are not used with Gateway %s/%s", g.Namespace, g.Name)
	}
}

// parent refers to the Gateway.
func parent(a Application, g guide.Gateway) map[string]any {
	ref := map[string]any{"name": g.Name}
	if g.Namespace != a.Namespace {
		ref["namespace"] = g.Namespace
	}
	return ref
}
