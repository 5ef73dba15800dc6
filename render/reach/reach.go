package reach

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// Application is what is known of an application and of where it runs.
type Application struct {
	Name, Namespace string
	// Ports are the public ones.
	Ports    []Port
	Ingress  guide.Ingress
	Domain   string
	Platform guide.Platform
	// Kinds are the cluster's, as "group/version/Kind".
	Kinds []string
}

// Port is a public port of a Service.
type Port struct {
	Service  string            // its name
	Selector map[string]string // of its pods
	Name     string
	Number   int32
	Protocol string // http, grpc, tcp or udp
	Path     string // prefix that is routed here
	// Sockets tells that connections stay open: WebSocket and the like.
	Sockets bool
	// Health is a path that answers 200 when it is well.
	Health string
}

// Object is a Kubernetes object without its labels.
type Object struct {
	APIVersion  string            `json:"apiVersion"`
	Kind        string            `json:"kind"`
	Name        string            `json:"name"`
	Annotations map[string]string `json:"annotations,omitempty"`
	Spec        map[string]any    `json:"spec"`
}

// Routes are the objects that lead to an application.
type Routes struct {
	Objects []Object
	// Services are annotations of Services, by their names, for the controller
	// that routes to them.
	Services map[string]map[string]string
	// Notices tell a person what could not be had, and what to do.
	Notices []string
}

// To decides on the routes. An error is the environment's mistake.
func To(a Application) (Routes, error) {
	r := Routes{Services: map[string]map[string]string{}}
	var named, numbered []Port
	for _, p := range a.Ports {
		if p.Protocol == guide.ProtocolTCP || p.Protocol == guide.ProtocolUDP {
			numbered = append(numbered, p)
		} else {
			named = append(named, p)
		}
	}
	switch a.Ingress.Kind {
	case guide.IngressNone:
		return r, nil
	case guide.IngressLoadBalancer:
		r.balance(a, a.Ports)
		return r, nil
	}
	if len(named) > 0 {
		if err := r.name(a, named); err != nil {
			return r, err
		}
	}
	r.number(a, numbered)
	return r, nil
}

// name routes ports by name and path.
func (r *Routes) name(a Application, ports []Port) error {
	gateway, found := a.gateway()
	wanted := a.Ingress.Kind == guide.IngressGateway || a.Ingress.Gateway != ""
	switch {
	case wanted && !found:
		return a.noGateway()
	case wanted, found && a.Ingress.Kind != guide.IngressIngress && a.Ingress.Class == "" && len(a.Platform.IngressClasses) == 0:
		r.attach(a, gateway, ports)
	default:
		r.ingress(a, ports)
	}
	return nil
}

// host is the name that the application is reached by, empty for any.
func (a Application) host() string {
	if a.Ingress.Host == "" && a.Domain != "" {
		return a.Name + "." + a.Domain
	}
	return a.Ingress.Host
}

// issuer is the ClusterIssuer that a certificate comes from; empty when there is
// one already, none is to be had, or no name for it to be for.
func (a Application) issuer() string {
	switch {
	case a.Ingress.TLSSecret != "" || a.host() == "":
		return ""
	case a.Ingress.TLSIssuer == "" && len(a.Platform.ClusterIssuers) == 1:
		return a.Platform.ClusterIssuers[0]
	}
	return a.Ingress.TLSIssuer
}

// has tells whether the cluster has a kind, in any version.
func (a Application) has(group, kind string) bool {
	return slices.ContainsFunc(a.Kinds, func(k string) bool {
		return strings.HasPrefix(k, group+"/") && strings.HasSuffix(k, "/"+kind)
	})
}

func (r *Routes) notice(format string, args ...any) {
	r.Notices = append(r.Notices, fmt.Sprintf(format, args...))
}

// annotate adds an annotation to a Service.
func (r *Routes) annotate(service, key, value string) {
	if r.Services[service] == nil {
		r.Services[service] = map[string]string{}
	}
	r.Services[service][key] = value
}
