package reach

import (
	"encoding/json"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// gceClass is how GKE tells its own Ingresses; it leaves those alone that have a
// spec.ingressClassName: GKE, "GKE Ingress for Application Load Balancers",
// "GKE Ingress controller behavior".
const gceClass = "kubernetes.io/ingress.class"

// Values of gceClass.
const (
	gceExternal = "gce"
	gceInternal = "gce-internal"
)

// suit returns what a controller has to be told on the Ingress, and notes what it
// has to be told on the Services. Sources are the controllers' own pages of
// annotations.
func (r *Routes) suit(class guide.IngressClass, a Application, ports []Port) map[string]string {
	set := map[string]string{}
	grpc := ports[0].Protocol == guide.ProtocolGRPC
	switch class.Controller {
	case controllerNginx:
		nginx(set, ports, grpc)
	case controllerTraefik:
		for _, p := range ports {
			if grpc { // Traefik, "Kubernetes Ingress", on Service
				r.annotate(p.Service, "traefik.ingress.kubernetes.io/service.serversscheme", "h2c")
			}
		}
	case controllerALB:
		r.alb(set, a, ports, grpc)
	case controllerGCE:
		set[gceClass] = gceExternal
		if class.Name == gceInternal {
			set[gceClass] = gceInternal
		}
		r.gce(ports)
	case controllerAzure: // AGIC, "Annotations"; it probes as the pods' readiness probes do
		if grpc {
			r.notice("Azure's application gateway routes no gRPC: choose another class or ingress.kind: loadbalancer")
		}
	}
	return set
}

// nginx: ingress-nginx, "Annotations".
func nginx(set map[string]string, ports []Port, grpc bool) {
	if grpc {
		set["nginx.ingress.kubernetes.io/backend-protocol"] = "GRPC"
	}
	for _, p := range ports {
		if p.Sockets || grpc { // streams stay open for longer than a minute
			set["nginx.ingress.kubernetes.io/proxy-read-timeout"] = "3600"
			set["nginx.ingress.kubernetes.io/proxy-send-timeout"] = "3600"
		}
	}
}

// alb: AWS Load Balancer Controller, "Ingress annotations" and "Certificate
// Discovery". Certificates are those of AWS Certificate Manager, by the Ingress'
// hosts; without one for a listener of HTTPS there is no load balancer at all. A
// listener of HTTP refuses targets that speak gRPC.
func (r *Routes) alb(set map[string]string, a Application, ports []Port, grpc bool) {
	const prefix = "alb.ingress.kubernetes.io/"
	set[prefix+"scheme"] = "internet-facing"
	set[prefix+"target-type"] = "ip"
	secure := a.Ingress.TLSSecret != "" || a.Ingress.TLSIssuer != ""
	switch {
	case grpc:
		set[prefix+"backend-protocol-version"] = "GRPC"
		set[prefix+"listen-ports"] = `[{"HTTPS": 443}]`
	case secure:
		set[prefix+"listen-ports"] = `[{"HTTP": 80}, {"HTTPS": 443}]`
	}
	if grpc {
		r.notice("AWS's load balancer takes gRPC by HTTPS only, and certificates from ACM only: ACM has to have one for %s", orAny(a.host()))
	} else if secure {
		r.notice("AWS's load balancer takes certificates from ACM only, not from tlsIssuer or tlsSecret: ACM has to have one for %s", orAny(a.host()))
	}
	for _, p := range ports {
		if p.Health != "" && !grpc {
			set[prefix+"healthcheck-path"] = p.Health
		}
	}
}

func orAny(host string) string {
	if host == "" {
		return "the application's host, which domain or ingress.host tells"
	}
	return host
}

// gce: GKE, "Container-native load balancing through Ingress" and "Using HTTP/2
// for load balancing with Ingress". The protocol is the Service's, by port, so one
// Ingress, and one load balancer, has ports of both kinds.
func (r *Routes) gce(ports []Port) {
	protocols := map[string]map[string]string{}
	for _, p := range ports {
		r.annotate(p.Service, "cloud.google.com/neg", `{"ingress": true}`)
		if p.Protocol != guide.ProtocolGRPC {
			continue
		}
		if protocols[p.Service] == nil {
			protocols[p.Service] = map[string]string{}
		}
		protocols[p.Service][p.Name] = "HTTP2"
	}
	for service, each := range protocols {
		text, err := json.Marshal(each)
		if err != nil {
			panic(err) // plain data
		}
		r.annotate(service, "cloud.google.com/app-protocols", string(text))
	}
	if len(protocols) > 0 {
		r.notice("Google's load balancer speaks HTTP/2 only with TLS: the application has to serve gRPC with a certificate")
	}
}
