package reach

import (
	"slices"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// metadata is where clouds hand credentials to whoever asks from a machine.
const metadata = "169.254.169.254/32"

// Member is a workload of an application, for its NetworkPolicy.
type Member struct {
	Name     string
	Selector map[string]string
	Ports    []guide.Port
	// Named: nobody knows its ports, and others look for it by its name.
	Named bool
}

// Policies let reach each member only who has to, by its ports: everybody where
// they are public, for load balancers and ingress controllers may be anywhere, and
// so may what scrapes metrics; the namespace's own pods elsewhere. They let it reach everything but
// the cloud's metadata. A member without ports is reached by nobody,
// unless others know its name: whatever it listens on, the namespace's pods reach it.
func Policies(members []Member) []Object {
	var policies []Object
	for _, m := range members {
		var ingress []any
		neighbours := []any{map[string]any{"podSelector": map[string]any{}}}
		if m.Named && len(m.Ports) == 0 {
			ingress = append(ingress, map[string]any{"from": neighbours})
		}
		for _, public := range []bool{true, false} {
			ports := policyPorts(m.Ports, public)
			if len(ports) == 0 {
				continue
			}
			rule := map[string]any{"ports": ports}
			if !public {
				rule["from"] = neighbours
			}
			ingress = append(ingress, rule)
		}
		selector := map[string]any{}
		for k, v := range m.Selector {
			selector[k] = v
		}
		spec := map[string]any{
			"podSelector": map[string]any{"matchLabels": selector},
			"policyTypes": []any{"Ingress", "Egress"},
			"egress": []any{map[string]any{"to": []any{
				map[string]any{"namespaceSelector": map[string]any{}}, // which ranges of addresses need not cover
				map[string]any{"ipBlock": map[string]any{"cidr": "0.0.0.0/0", "except": []any{metadata}}},
				map[string]any{"ipBlock": map[string]any{"cidr": "::/0", "except": []any{"fd00:ec2::254/128"}}},
			}}},
		}
		if len(ingress) > 0 {
			spec["ingress"] = ingress
		}
		policies = append(policies, Object{APIVersion: "networking.k8s.io/v1", Kind: "NetworkPolicy", Name: m.Name, Spec: spec})
	}
	return policies
}

func policyPorts(ports []guide.Port, public bool) (list []any) {
	for _, p := range ports {
		if open := p.Public || p.Name == metricsPort; open != public {
			continue
		}
		protocol := "TCP"
		if p.Protocol == guide.ProtocolUDP {
			protocol = "UDP"
		}
		list = append(list, map[string]any{"port": p.Port, "protocol": protocol})
	}
	return list
}

// metricsPort is the name of a port that serves Prometheus.
const metricsPort = "metrics"

// Monitors scrape the members that have a port named metrics, where the cluster
// has Prometheus operator's kinds.
func Monitors(members []Member, kinds []string) []Object {
	if !(Application{Kinds: kinds}).has("monitoring.coreos.com", "ServiceMonitor") {
		return nil
	}
	var monitors []Object
	for _, m := range members {
		if !slices.ContainsFunc(m.Ports, func(p guide.Port) bool { return p.Name == metricsPort }) {
			continue
		}
		selector := map[string]any{}
		for k, v := range m.Selector {
			selector[k] = v
		}
		monitors = append(monitors, Object{
			APIVersion: "monitoring.coreos.com/v1", Kind: "ServiceMonitor", Name: m.Name,
			Spec: map[string]any{
				"selector":  map[string]any{"matchLabels": selector},
				"endpoints": []any{map[string]any{"port": metricsPort}},
			},
		})
	}
	return monitors
}
