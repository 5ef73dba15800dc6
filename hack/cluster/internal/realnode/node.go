// Package realnode runs nodes on which containers really run: each has its own
// containerd, kubelet, kube-proxy, network namespace and control groups, so
// that several fit on one machine and one can be killed as a machine dies.
//
// Everything outside the cluster's folder carries the cluster's name: the
// bridge, the veth pairs, the network namespaces, the control groups, and the
// folder for sockets, whose paths must be short.
package realnode

import (
	"fmt"
	"path/filepath"

	"github.com/spotguide/spotguide/hack/cluster/internal/network"
	"github.com/spotguide/spotguide/hack/cluster/internal/process"
)

// Cluster is what a node has to know about the cluster.
type Cluster struct {
	// ID begins the name of everything outside the cluster's folder.
	ID      string
	Network network.Network
	// Dir is the cluster's folder.
	Dir string
	// Records and Logs are as in process.Spec.
	Records, Logs string
	// Flags are extra ones for each component.
	Flags map[string][]string
	// Insecure are the registries, as HOST:PORT, that speak plain HTTP.
	Insecure []string
}

// Node is one real node.
type Node struct {
	Cluster
	// Index counts from 1.
	Index int
	Name  string
	Zone  string
}

// maxDir keeps the paths of the kubelet's sockets, which lie below the
// cluster's folder, within the kernel's limit of 107 bytes.
const maxDir = 64

// Check refuses a folder whose sockets could not be made.
func (c Cluster) Check() error {
	if len(c.Dir) > maxDir {
		return fmt.Errorf("real nodes need a folder whose path has at most %d characters; %s has %d: choose another --dir",
			maxDir, c.Dir, len(c.Dir))
	}
	return nil
}

// RunDir holds the sockets of all nodes.
func (c Cluster) RunDir() string { return filepath.Join("/run", c.ID) }

// Bridge joins the nodes with this machine.
func (c Cluster) Bridge() string { return c.ID }

// Netns is the name of the node's network namespace.
func (n Node) Netns() string { return fmt.Sprintf("%s-%d", n.ID, n.Index) }

// Cgroup is the name of the node's control group.
func (n Node) Cgroup() string { return n.Netns() }

// Address is where the node is reached.
func (n Node) Address() string { return n.Network.Node(n.Index) }

// Socket is containerd's.
func (n Node) Socket() string { return filepath.Join(n.run(), "containerd.sock") }

func (n Node) run() string { return filepath.Join(n.RunDir(), fmt.Sprint(n.Index)) }

// veth is the end of the node's cable on this machine.
func (n Node) veth() string { return fmt.Sprintf("%sv%d", n.ID, n.Index) }

// path is in the node's own folder.
func (n Node) path(parts ...string) string {
	return filepath.Join(append([]string{n.Dir, "nodes", fmt.Sprint(n.Index)}, parts...)...)
}

// processName names a process of this node, as "node-1-kubelet".
func (n Node) processName(component string) string { return n.Name + "-" + component }

func (n Node) spec(component, program string, args ...string) process.Spec {
	return process.Spec{
		Name: n.processName(component), Component: program, Args: append(args, n.Flags[component]...),
		Netns: filepath.Join("/run/netns", n.Netns()), Cgroup: n.Cgroup(),
		Records: n.Records, Logs: n.Logs,
	}
}
