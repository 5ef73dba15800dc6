package network

import (
	"net"
	"net/netip"
	"testing"
)

func TestNetworksDoNotOverlap(t *testing.T) {
	n := Network{Byte: 99}
	all := netip.MustParsePrefix(n.All())
	parts := []string{n.AllPods(), n.Host() + "/24", n.Services()}
	for i, a := range parts {
		p := netip.MustParsePrefix(a).Masked()
		if !all.Overlaps(p) {
			t.Errorf("%s is not in %s", a, all)
		}
		for _, b := range parts[i+1:] {
			if p.Overlaps(netip.MustParsePrefix(b).Masked()) {
				t.Errorf("%s and %s overlap", a, b)
			}
		}
	}
	if pods := netip.MustParsePrefix(n.AllPods()); !pods.Contains(netip.MustParsePrefix(n.Pods(60)).Addr()) {
		t.Errorf("%s does not hold the last node's pods", pods)
	}
	if services := netip.MustParsePrefix(n.Services()); !services.Contains(netip.MustParseAddr(n.DNS())) {
		t.Errorf("%s does not hold %s", services, n.DNS())
	}
}

func TestSimulatedPodsDiffer(t *testing.T) {
	seen := map[string]bool{}
	for i := range 2000 {
		p := SimulatedPods(i)
		if seen[p] {
			t.Fatalf("node %d has the network of another: %s", i, p)
		}
		seen[netip.MustParsePrefix(p).String()] = true
	}
}

func TestOverlaps(t *testing.T) {
	taken := []net.Addr{&net.IPNet{IP: net.IPv4(10, 99, 3, 4), Mask: net.CIDRMask(24, 32)}}
	if !overlaps(netip.MustParsePrefix("10.99.0.0/16"), taken) {
		t.Error("want an overlap")
	}
	if overlaps(netip.MustParsePrefix("10.98.0.0/16"), taken) {
		t.Error("want none")
	}
}

func TestFreePorts(t *testing.T) {
	ports, err := FreePorts([]string{"a", "b", "c"})
	if err != nil {
		t.Fatal(err)
	}
	if len(ports) != 3 || ports["a"] == ports["b"] || ports["b"] == ports["c"] || ports["a"] == ports["c"] {
		t.Errorf("got %v", ports)
	}
}
