package realnode

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spotguide/spotguide/hack/cluster/internal/cgroup"
)

// Kill ends all that runs on the node, containers and all, and cuts its cable,
// as when a machine loses its power. Its disk stays.
func (n Node) Kill(ctx context.Context) error {
	if err := n.cut(ctx); err != nil {
		return err
	}
	g, err := cgroup.Open(n.Cgroup())
	if err != nil {
		return err
	}
	if err := g.Kill(); err != nil {
		return err
	}
	for _, component := range []string{"kubelet", "containerd", "kube-proxy"} {
		err := os.Remove(filepath.Join(n.Records, n.processName(component)+".json"))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("record: %w", err)
		}
	}
	n.removeShimSockets()
	// a machine forgets its mounts and what it had in memory
	if err := unmountBelow(n.run(), n.path()); err != nil {
		return err
	}
	if err := os.RemoveAll(n.run()); err != nil {
		return fmt.Errorf("sockets of %s: %w", n.Name, err)
	}
	return nil
}

// Clear ends all that runs on any node of the cluster and removes what the
// nodes made outside of the cluster's folder, and their mounts inside. It goes
// by names, not by what was written down: a killed up may have written nothing.
func (c Cluster) Clear(ctx context.Context) error {
	for _, index := range c.leftovers() {
		n := Node{Cluster: c, Index: index, Name: fmt.Sprintf("node-%d", index)}
		g, err := cgroup.Open(n.Cgroup())
		if err != nil {
			return err
		}
		if err := errors.Join(n.Kill(ctx), g.Remove(), n.unplug(ctx)); err != nil {
			return fmt.Errorf("clear %s: %w", n.Name, err)
		}
	}
	if err := c.Disconnect(ctx); err != nil {
		return err
	}
	if err := unmountBelow(c.RunDir(), filepath.Join(c.Dir, "nodes")); err != nil {
		return err
	}
	if err := os.RemoveAll(c.RunDir()); err != nil {
		return fmt.Errorf("sockets: %w", err)
	}
	return c.removeTraces()
}

// leftovers finds the nodes of which anything is left.
func (c Cluster) leftovers() []int {
	var names []string
	for _, pattern := range []string{"/run/netns/" + c.ID + "-*", filepath.Join(c.Dir, "nodes", "*"),
		"/sys/class/net/" + c.ID + "v*"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			continue // only a malformed pattern, which these are not
		}
		for _, f := range found {
			names = append(names, filepath.Base(f))
		}
	}
	groups, err := cgroup.Find(c.ID + "-")
	if err == nil {
		names = append(names, groups...)
	}
	var indexes []int
	for _, name := range names {
		if index, ok := trailingNumber(name); ok && !slices.Contains(indexes, index) {
			indexes = append(indexes, index)
		}
	}
	return indexes
}

// trailingNumber reads the node's number, with which all these names end.
func trailingNumber(name string) (int, bool) {
	digits := name[strings.LastIndexAny(name, "-v")+1:]
	index, err := strconv.Atoi(digits)
	return index, err == nil && index > 0
}
