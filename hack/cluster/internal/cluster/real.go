package cluster

import (
	"context"
	"fmt"
	"os"
	"slices"

	"github.com/spotguide/spotguide/hack/cluster/internal/realnode"
)

func (l Layout) realCluster(s Settings) realnode.Cluster {
	return realnode.Cluster{
		ID: s.ID, Network: s.Network, Dir: l.Dir, Records: l.Records(), Logs: l.Logs(), Flags: s.Flags,
		Insecure: s.Insecure,
	}
}

func (l Layout) realNode(s Settings, i int) realnode.Node {
	return realnode.Node{Cluster: l.realCluster(s), Index: i, Name: RealName(i), Zone: Zone(i - 1)}
}

// runningNodes are the real nodes that stop-node has not stopped.
func (l Layout) runningNodes(s Settings) []realnode.Node {
	var nodes []realnode.Node
	for i := 1; i <= s.Real; i++ {
		if !slices.Contains(s.Stopped, RealName(i)) {
			nodes = append(nodes, l.realNode(s, i))
		}
	}
	return nodes
}

func (l Layout) prepareReal(ctx context.Context, install bool, say func(string, ...any)) error {
	if err := l.realCluster(Settings{}).Check(); err != nil {
		return err
	}
	return realnode.Require(ctx, install, say)
}

// startReal starts what all real nodes share, then each node.
func (s *starter) startReal(ctx context.Context, settings Settings) error {
	nodes := s.layout.runningNodes(settings)
	if len(nodes) == 0 {
		return nil
	}
	if err := realnode.AllowWatchers(); err != nil {
		return err
	}
	if err := s.layout.realCluster(settings).Connect(ctx); err != nil {
		return err
	}
	port := settings.Ports["kube-apiserver"]
	gateway := s.layout.spec(settings, "gateway",
		fmt.Sprintf("%s:%d", settings.Network.Host(), port), fmt.Sprintf("127.0.0.1:%d", port))
	if err := s.ensure(ctx, gateway); err != nil {
		return err
	}
	if err := s.startDNS(ctx, settings); err != nil {
		return err
	}
	if err := os.MkdirAll(s.layout.Path("images"), 0o755); err != nil {
		return fmt.Errorf("images: %w", err)
	}
	if err := realnode.WritePause(s.layout.Path("images")); err != nil {
		return err
	}
	for _, node := range nodes {
		if err := s.startNode(ctx, settings, node); err != nil {
			return fmt.Errorf("node %s: %w", node.Name, err)
		}
	}
	return s.layout.introduce(ctx, settings)
}

// introduce tells the nodes of each other's pods, and this machine which of
// them passes Services on: the first that runs.
func (l Layout) introduce(ctx context.Context, settings Settings) error {
	nodes := l.runningNodes(settings)
	for _, node := range nodes {
		for _, other := range nodes {
			if node.Index == other.Index {
				continue
			}
			if err := node.Meet(ctx, other); err != nil {
				return err
			}
		}
	}
	if len(nodes) == 0 {
		return nil
	}
	return nodes[0].RouteServices(ctx)
}
