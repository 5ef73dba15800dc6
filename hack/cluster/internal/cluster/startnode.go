package cluster

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/spotguide/spotguide/hack/cluster/internal/certs"
	"github.com/spotguide/spotguide/hack/cluster/internal/cgroup"
	"github.com/spotguide/spotguide/hack/cluster/internal/realnode"
)

// startNode starts one real node: its network, its groups, its daemons.
func (s *starter) startNode(ctx context.Context, settings Settings, node realnode.Node) error {
	if err := s.layout.nodeIdentities(settings, node); err != nil {
		return err
	}
	if err := node.Plug(ctx); err != nil {
		return err
	}
	group, err := cgroup.Open(node.Cgroup())
	if err != nil {
		return err
	}
	if err := group.Make(); err != nil {
		return err
	}
	if err := s.startContainerd(ctx, node); err != nil {
		return err
	}
	kubelet, err := node.Kubelet(s.layout.kubeconfigOf(node.Name), s.layout.cert("ca"),
		s.layout.cert(node.Name+"-server"), s.layout.key(node.Name+"-server"))
	if err != nil {
		return err
	}
	if err := s.ensure(ctx, kubelet); err != nil {
		return err
	}
	return s.ensure(ctx, node.Proxy(s.layout.kubeconfigOf(node.Name+"-proxy")))
}

func (s *starter) startContainerd(ctx context.Context, node realnode.Node) error {
	spec, err := node.Containerd()
	if err != nil {
		return err
	}
	if err := s.ensure(ctx, spec); err != nil {
		return err
	}
	err = s.waitFor(ctx, "containerd of "+node.Name, time.Minute, func(context.Context) error {
		_, err := os.Stat(node.Socket())
		return err
	})
	if err != nil {
		return err
	}
	return s.layout.importAll(ctx, node)
}

// nodeIdentities makes the certificates of one node; its clients reach the API
// server through the gateway.
func (l Layout) nodeIdentities(s Settings, node realnode.Node) error {
	ca, err := certs.Open(l.Path("certs"))
	if err != nil {
		return err
	}
	server := fmt.Sprintf("https://%s:%d", s.Network.Host(), s.Ports["kube-apiserver"])
	if err := ca.Issue(node.Name+"-server", certs.Subject{Name: node.Name, Hosts: []string{node.Name, node.Address()}}); err != nil {
		return err
	}
	for name, subject := range map[string]certs.Subject{
		node.Name:            {Name: "system:node:" + node.Name, Groups: []string{"system:nodes"}},
		node.Name + "-proxy": {Name: "system:kube-proxy"},
	} {
		if err := ca.Issue(name, subject); err != nil {
			return err
		}
		if err := writeKubeconfig(l.kubeconfigOf(name), server, name, ca); err != nil {
			return err
		}
	}
	return nil
}
