package guide

import (
	"k8s.io/apimachinery/pkg/util/validation"
)

// checkFailover checks how the application moves between clusters.
func checkFailover(d document, g *Guide, f *Failover) {
	if f == nil {
		return
	}
	p := at("failover")
	if len(f.Sites) != 2 || f.Sites[0] == f.Sites[1] {
		d.problem(under(p, "sites"), "name two environments, one in each cluster: [vienna, graz]", "must be two different ones")
	}
	for i, site := range f.Sites {
		d.label(site, under(p, "sites", i))
		if known := g.Environment.Environments; len(known) > 0 {
			oneOf(d, site, under(p, "sites", i), sortedKeys(known)...)
		}
	}
	if f.Peer == "" {
		d.problem(under(p, "peer"), "name a Secret of the namespace whose key kubeconfig leads to the other cluster", "is missing")
	}
	for key, secret := range map[string]string{"peer": f.Peer, "witness": f.Witness} {
		if secret != "" && len(validation.IsDNS1123Subdomain(secret)) > 0 {
			d.problem(under(p, key), "", "%q is no name of a Secret", secret)
		}
	}
	if f.Witness == f.Peer && f.Peer != "" {
		d.problem(under(p, "witness"), "a third cluster, or leave it out: then only people fail over", "the other site cannot be its own witness")
	}
	if f.After.Duration != 0 && f.After.Duration < MinFailoverAfter {
		d.problem(under(p, "after"), "", "must be at least %s", MinFailoverAfter)
	}
	if f.Stop.Duration < 0 || f.After.Duration > 0 && f.Stop.Duration >= f.After.Duration {
		d.problem(under(p, "stop"), "it is the part of after in which the old primary stops its pods", "must be shorter than after")
	}
	if f.Back != nil {
		d.notNegative(*f.Back, under(p, "back"))
	}
	oneOf(d, f.Traffic.Routes, under(p, "traffic", "routes"), RoutesPrimary, RoutesBoth)
}
