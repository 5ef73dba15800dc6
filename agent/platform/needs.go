package platform

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// Needs is what an application asks of the ingress controller that the agent
// brings up.
type Needs struct {
	// HTTP is on ports 80 and 443.
	HTTP bool `json:"http,omitempty"`
	// TCP and UDP are ports of their own, sorted.
	TCP []int32 `json:"tcp,omitempty"`
	UDP []int32 `json:"udp,omitempty"`
}

// None tells that nothing is asked for.
func (n Needs) None() bool { return !n.HTTP && len(n.TCP) == 0 && len(n.UDP) == 0 }

func (n Needs) equal(m Needs) bool {
	return n.HTTP == m.HTTP && slices.Equal(n.TCP, m.TCP) && slices.Equal(n.UDP, m.UDP)
}

// classAnnotation names an Ingress' class for controllers that do not go by its
// spec, such as Google's.
const classAnnotation = "kubernetes.io/ingress.class"

// Of reads the needs off an application's objects: Ingresses of the class that
// the agent provides, or of none where there is no default, and Traefik's routes
// for TCP and UDP, whose entry points are called tcp-PORT and udp-PORT.
func Of(objects []*unstructured.Unstructured, p guide.Platform) Needs {
	var n Needs
	if p.Provisions == "" {
		return n
	}
	for _, o := range objects {
		switch kind := o.GroupVersionKind(); {
		case kind.Group == "networking.k8s.io" && kind.Kind == "Ingress":
			class, _, _ := unstructured.NestedString(o.Object, "spec", "ingressClassName")
			class = cmp.Or(class, o.GetAnnotations()[classAnnotation])
			n.HTTP = n.HTTP || class == p.Provisions || class == "" && !otherDefault(p)
		case kind.Group == "traefik.io" && kind.Kind == "IngressRouteTCP":
			n.TCP = append(n.TCP, entryPoints(o, "tcp-%d")...)
		case kind.Group == "traefik.io" && kind.Kind == "IngressRouteUDP":
			n.UDP = append(n.UDP, entryPoints(o, "udp-%d")...)
		}
	}
	n.TCP, n.UDP = sorted(n.TCP), sorted(n.UDP)
	return n
}

// otherDefault tells that somebody else serves Ingresses without a class.
func otherDefault(p guide.Platform) bool {
	return slices.ContainsFunc(p.IngressClasses, func(c guide.IngressClass) bool { return c.Default && c.Name != p.Provisions })
}

func entryPoints(o *unstructured.Unstructured, format string) (ports []int32) {
	names, _, _ := unstructured.NestedStringSlice(o.Object, "spec", "entryPoints")
	for _, name := range names {
		var port int32
		if _, err := fmt.Sscanf(name, format, &port); err == nil && port > 0 && fmt.Sprintf(format, port) == name {
			ports = append(ports, port)
		}
	}
	return ports
}

// all is what all the applications need together.
func all(each map[string]Needs) Needs {
	var sum Needs
	for _, n := range each {
		sum.HTTP = sum.HTTP || n.HTTP
		sum.TCP = append(sum.TCP, n.TCP...)
		sum.UDP = append(sum.UDP, n.UDP...)
	}
	sum.TCP, sum.UDP = sorted(sum.TCP), sorted(sum.UDP)
	return sum
}

// taken tells that another application is public on one of the owner's ports: two
// cannot share a port that has no name to tell them apart.
func taken(each map[string]Needs, owner string) error {
	own := each[owner]
	for _, other := range slices.Sorted(maps.Keys(each)) {
		if other == owner {
			continue
		}
		for _, p := range own.TCP {
			if slices.Contains(each[other].TCP, p) {
				return fmt.Errorf("TCP port %d is public for %s already, and a port leads to one application only: choose another one", p, other)
			}
		}
		for _, p := range own.UDP {
			if slices.Contains(each[other].UDP, p) {
				return fmt.Errorf("UDP port %d is public for %s already, and a port leads to one application only: choose another one", p, other)
			}
		}
	}
	return nil
}

func sorted(ports []int32) []int32 {
	slices.Sort(ports)
	return slices.Compact(ports)
}
