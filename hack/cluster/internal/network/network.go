// Package network decides which addresses and ports a cluster has.
package network

import (
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
)

// Network is the second byte of the 10.x.0.0/16 that belongs to the cluster:
//
//	10.x.N.0/24     the pods of real node N
//	10.x.64.0/24    the real nodes; .1 is this machine as they see it
//	10.x.128.0/20   Services; .10 is the cluster's DNS
//
// Pods of simulated nodes have addresses in 100.64.0.0/10, which lead nowhere.
type Network struct {
	Byte int `json:"byte"`
}

// Host is this machine's address in the nodes' network.
func (n Network) Host() string { return n.address(64, 1) }

// Node is the address of a real node, counted from 1.
func (n Network) Node(i int) string { return n.address(64, 10+i) }

// Pods is the network of a real node's pods.
func (n Network) Pods(i int) string { return n.address(i, 0) + "/24" }

// AllPods holds the pods of every real node, and nothing else.
func (n Network) AllPods() string { return n.address(0, 0) + "/18" }

// All is the network that holds all the others.
func (n Network) All() string { return n.address(0, 0) + "/16" }

// Services is where Services have their addresses.
func (n Network) Services() string { return n.address(128, 0) + "/20" }

// APIServer is the address of the Service "kubernetes".
func (n Network) APIServer() string { return n.address(128, 1) }

// DNS is the address of the Service "kube-dns".
func (n Network) DNS() string { return n.address(128, 10) }

func (n Network) address(third, fourth int) string {
	return fmt.Sprintf("10.%d.%d.%d", n.Byte, third, fourth)
}

// SimulatedPods is the network of a simulated node's pods, counted from 0.
func SimulatedPods(i int) string {
	return fmt.Sprintf("100.%d.%d.0/24", 64+i/256%64, i%256)
}

// Free takes a network in which this machine has no address yet. The
// choice is random so that two clusters that come up at the same time differ.
func Free() (Network, error) {
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		return Network{}, fmt.Errorf("this machine's addresses: %w", err)
	}
	for range 200 {
		n := Network{Byte: 80 + rand.IntN(160)}
		if !overlaps(netip.MustParsePrefix(n.All()), addresses) {
			return n, nil
		}
	}
	return Network{}, fmt.Errorf("no network 10.x.0.0/16 is free on this machine")
}

func overlaps(p netip.Prefix, addresses []net.Addr) bool {
	for _, a := range addresses {
		if other, err := netip.ParsePrefix(a.String()); err == nil && p.Overlaps(other.Masked()) {
			return true
		}
	}
	return false
}
