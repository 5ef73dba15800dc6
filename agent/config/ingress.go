package config

import (
	"fmt"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/util/validation"
)

// Ingress says what is brought up where a cluster has no ingress controller.
type Ingress struct {
	Provision   bool   // Traefik, as soon as an application needs it
	Namespace   string // where it goes
	Image       string // of Traefik; the guide's unless given
	ServiceType string // LoadBalancer, NodePort or ClusterIP
}

func (i *Ingress) flags(f *pflag.FlagSet) {
	f.BoolVar(&i.Provision, "ingress-provision", i.Provision, "bring up Traefik as soon as an application needs an ingress controller and the cluster has none")
	f.StringVar(&i.Namespace, "ingress-namespace", i.Namespace, "namespace that Traefik is brought up in")
	f.StringVar(&i.Image, "ingress-image", i.Image, "image of Traefik 3; the guide's unless given")
	f.StringVar(&i.ServiceType, "ingress-service-type", i.ServiceType, "type of Traefik's Service: LoadBalancer, NodePort or ClusterIP")
}

// validate reports what is wrong if anything is to be brought up.
func (i Ingress) validate() []error {
	if !i.Provision {
		return nil
	}
	var errs []error
	if problems := validation.IsDNS1123Label(i.Namespace); len(problems) > 0 {
		errs = append(errs, fmt.Errorf("--ingress-namespace: %q: %s", i.Namespace, problems[0]))
	}
	switch i.ServiceType {
	case "LoadBalancer", "NodePort", "ClusterIP":
	default:
		errs = append(errs, fmt.Errorf("--ingress-service-type: %q is none of LoadBalancer, NodePort, ClusterIP", i.ServiceType))
	}
	return errs
}
