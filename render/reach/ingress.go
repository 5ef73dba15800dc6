package reach

import (
	"maps"
	"slices"
	"strings"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// Controllers of ingress classes, as the classes name them.
const (
	controllerNginx   = "k8s.io/ingress-nginx"
	controllerTraefik = "traefik.io/ingress-controller"
	controllerALB     = "ingress.k8s.aws/alb"
	controllerGCE     = "k8s.io/ingress-gce"
	controllerAzure   = "azure/application-gateway"
)

// class chooses the IngressClass; one without a name is left to the cluster.
func (a Application) class(r *Routes) guide.IngressClass {
	there := a.Platform.IngressClasses
	find := func(fits func(guide.IngressClass) bool) (guide.IngressClass, bool) {
		i := slices.IndexFunc(there, fits)
		if i < 0 {
			return guide.IngressClass{}, false
		}
		return there[i], true
	}
	if name := a.Ingress.Class; name != "" {
		c, ok := find(func(c guide.IngressClass) bool { return c.Name == name })
		switch {
		case ok:
			return c
		case a.Platform.Provider == guide.ProviderGCP && (name == gceExternal || name == gceInternal): // there without an IngressClass
			return guide.IngressClass{Name: name, Controller: controllerGCE}
		case name == a.Platform.Provisions:
			return a.provisioned()
		case len(there) > 0:
			r.notice("the cluster has no ingress class %q, so nothing serves the Ingress; it has %s", name, names(there))
		}
		return guide.IngressClass{Name: name}
	}
	if c, ok := find(func(c guide.IngressClass) bool { return c.Default }); ok {
		return c
	}
	switch len(there) {
	case 0:
		if a.Platform.Provisions != "" {
			return a.provisioned()
		}
		if a.Platform.Provider == guide.ProviderGCP {
			return guide.IngressClass{Name: gceExternal, Controller: controllerGCE}
		}
		return guide.IngressClass{}
	case 1:
		return there[0]
	}
	r.notice("the cluster has several ingress classes and none is its default: choose with ingress.class; it has %s", names(there))
	return guide.IngressClass{}
}

func (a Application) provisioned() guide.IngressClass {
	return guide.IngressClass{Name: a.Platform.Provisions, Controller: controllerTraefik, Default: true}
}

func names(classes []guide.IngressClass) string {
	var all []string
	for _, c := range classes {
		all = append(all, c.Name)
	}
	return strings.Join(all, ", ")
}

// ingress routes by an Ingress.
func (r *Routes) ingress(a Application, ports []Port) {
	class := a.class(r)
	r.overlap(ports)
	for _, some := range apart(class, ports) {
		o := Object{APIVersion: "networking.k8s.io/v1", Kind: "Ingress", Name: a.Name, Spec: map[string]any{}}
		if some[0].Protocol == guide.ProtocolGRPC && len(some) < len(ports) {
			o.Name += "-grpc"
		}
		if class.Name != "" && class.Controller != controllerGCE {
			o.Spec["ingressClassName"] = class.Name
		}
		o.Annotations = r.suit(class, a, some)
		if class.Controller == controllerALB && len(some) < len(ports) {
			o.Annotations["alb.ingress.kubernetes.io/group.name"] = a.Namespace + "-" + a.Name // one load balancer for both
		}
		r.secure(a, class, &o)
		o.Spec["rules"] = []any{rule(a.host(), some)}
		maps.Copy(o.Annotations, a.Ingress.Annotations)
		if len(o.Annotations) == 0 {
			o.Annotations = nil
		}
		r.Objects = append(r.Objects, o)
	}
}

// apart are the ports that share an Ingress: those that speak gRPC have one of
// their own, since most controllers take the protocol behind them as a setting of
// an Ingress. For Google's, each Ingress is a load balancer.
func apart(class guide.IngressClass, ports []Port) (groups [][]Port) {
	if class.Controller == controllerGCE {
		return [][]Port{ports}
	}
	for _, grpc := range []bool{false, true} {
		some := slices.DeleteFunc(slices.Clone(ports), func(p Port) bool { return (p.Protocol == guide.ProtocolGRPC) != grpc })
		if len(some) > 0 {
			groups = append(groups, some)
		}
	}
	return groups
}

// overlap tells of ports that are routed at one and the same path.
func (r *Routes) overlap(ports []Port) {
	taken := map[string]string{}
	for _, p := range ports {
		if other, ok := taken[p.Path]; ok {
			r.notice("ports %s and %s are both public at path %s, and which one answers is anybody's guess: give one of them a path", other, p.Name, p.Path)
		}
		taken[p.Path] = p.Name
	}
}

// rule leads from host and paths to Services.
func rule(host string, ports []Port) map[string]any {
	var paths []any
	for _, p := range ports {
		paths = append(paths, map[string]any{
			"path": p.Path, "pathType": "Prefix",
			"backend": map[string]any{"service": map[string]any{"name": p.Service, "port": map[string]any{"name": p.Name}}},
		})
	}
	rule := map[string]any{"http": map[string]any{"paths": paths}}
	if host != "" {
		rule["host"] = host
	}
	return rule
}

// secure adds the certificate, if there is or can be one.
func (r *Routes) secure(a Application, class guide.IngressClass, o *Object) {
	if class.Controller == controllerALB {
		return // it reads no Secret, and finds certificates by the rules' hosts
	}
	secret, issuer := a.Ingress.TLSSecret, a.issuer()
	if issuer != "" {
		secret = a.Name + "-tls"
	}
	if issuer != "" && len(r.Objects) == 0 {
		// cert-manager, "Annotated Ingress resource"; a second Ingress shares the
		// first one's certificate.
		o.Annotations["cert-manager.io/cluster-issuer"] = issuer
	}
	if secret == "" {
		if a.Ingress.TLSIssuer != "" {
			r.notice("tlsIssuer needs a name to ask a certificate for: set domain or ingress.host")
		}
		return
	}
	tls := map[string]any{"secretName": secret}
	if host := a.host(); host != "" {
		tls["hosts"] = []any{host}
	}
	o.Spec["tls"] = []any{tls}
}
