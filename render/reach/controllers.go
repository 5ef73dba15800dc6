package reach

import "github.com/spotguide/spotguide/spotguides/guide"

// suit returns what a controller has to be told on the Ingress, and notes what it
// has to be told on the Services. Sources are the controllers' own pages of
// annotations.
func (r *Routes) suit(controller string, a Application, ports []Port, protocol string) map[string]string {
	set := map[string]string{}
	grpc := protocol == guide.ProtocolGRPC
	switch controller {
	case controllerNginx:
		nginx(set, ports, grpc)
	case controllerTraefik:
		for _, p := range ports {
			if grpc { // Traefik, "Kubernetes Ingress", on Service
				r.annotate(p.Service, "traefik.ingress.kubernetes.io/service.serversscheme", "h2c")
			}
		}
	case controllerALB:
		alb(set, a, ports, grpc)
	case controllerGCE:
		for _, p := range ports { // GKE, "Container-native load balancing"
			r.annotate(p.Service, "cloud.google.com/neg", `{"ingress": true}`)
			if grpc { // GKE, "HTTP/2 for load balancing with Ingress"
				r.annotate(p.Service, "cloud.google.com/app-protocols", `{"`+p.Name+`":"HTTP2"}`)
			}
		}
		if grpc {
			r.notice("Google's load balancer speaks HTTP/2 only with TLS: the application has to serve gRPC with a certificate")
		}
	case controllerAzure:
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

// alb: AWS Load Balancer Controller, "Ingress annotations".
func alb(set map[string]string, a Application, ports []Port, grpc bool) {
	const prefix = "alb.ingress.kubernetes.io/"
	set[prefix+"scheme"] = "internet-facing"
	set[prefix+"target-type"] = "ip"
	if grpc {
		set[prefix+"backend-protocol-version"] = "GRPC"
	}
	if a.Ingress.TLSSecret != "" || a.issuer() != "" || grpc {
		set[prefix+"listen-ports"] = `[{"HTTP": 80}, {"HTTPS": 443}]`
	}
	for _, p := range ports {
		if p.Health != "" && !grpc {
			set[prefix+"healthcheck-path"] = p.Health
		}
	}
}
