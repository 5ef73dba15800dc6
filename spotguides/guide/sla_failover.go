package guide

import (
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Failover runs the application in one of two clusters at a time. A namespace in
// each follows the same repository; its environment says which site it is.
type Failover struct {
	// Sites are two environments, one in each cluster. The application begins in
	// the first.
	Sites []string `json:"sites" jsonschema:"required"`
	// Peer is a Secret in the namespace whose key kubeconfig leads to the other
	// site.
	Peer string `json:"peer" jsonschema:"required"`
	// Witness is a Secret whose key kubeconfig leads to a third cluster, which
	// decides when one of the two is not heard of. Without it, only a person does:
	// spotguide failover.
	Witness string `json:"witness,omitempty"`
	// After is how long the primary must not have been heard of until the other
	// site takes over; 2m unless given, 5s at least.
	After metav1.Duration `json:"after,omitempty"`
	// Stop is how much of that time a primary has to stop its pods once nobody
	// hears it; 45s unless given.
	Stop metav1.Duration `json:"stop,omitempty"`
	// Back takes the application back to the first site once both have been well
	// for so long; only a person does unless given.
	Back *metav1.Duration `json:"back,omitempty"`
	// Traffic leads to the primary.
	Traffic FailoverTraffic `json:"traffic,omitempty"`
}

// FailoverTraffic says what leads traffic to the primary, and not to the standby.
type FailoverTraffic struct {
	// Routes says where Ingresses, routes and Services of type LoadBalancer are:
	// at the primary, which is the default, or at both, for a balancer in front
	// that looks which one answers.
	Routes string `json:"routes,omitempty" jsonschema:"enum=both,enum=primary"`
	// Primary are annotations of Services, Ingresses and routes at the primary, a
	// weight for external-dns, say.
	Primary map[string]string `json:"primary,omitempty"`
	// Standby are those at the standby.
	Standby map[string]string `json:"standby,omitempty"`
}

// Where routes are.
const (
	RoutesPrimary = "primary"
	RoutesBoth    = "both"
)

// The times of a failover, and the least of them.
const (
	DefaultFailoverAfter = 2 * time.Minute
	DefaultFailoverStop  = 45 * time.Second
	MinFailoverAfter     = 5 * time.Second
)

// Other is the other site; empty when site is none of the two.
func (f *Failover) Other(site string) string {
	if i := slices.Index(f.Sites, site); i >= 0 && len(f.Sites) == 2 {
		return f.Sites[1-i]
	}
	return ""
}

// setDefaults fills in what is left out.
func (f *Failover) setDefaults() {
	if f == nil {
		return
	}
	orElse(&f.After.Duration, DefaultFailoverAfter)
	orElse(&f.Stop.Duration, min(DefaultFailoverStop, f.After.Duration/2))
	orElse(&f.Traffic.Routes, RoutesPrimary)
}
