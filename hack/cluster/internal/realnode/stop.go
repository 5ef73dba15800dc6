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

	"golang.org/x/sys/unix"

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

// removeTraces removes what containerd, its network plugins and the kubelet
// leave at places that they do not let one choose.
func (c Cluster) removeTraces() error {
	results, err := filepath.Glob("/var/lib/cni/results/" + c.ID + "-*")
	if err != nil {
		return fmt.Errorf("traces: %w", err)
	}
	links, err := filepath.Glob("/var/log/containers/*.log")
	if err != nil {
		return fmt.Errorf("traces: %w", err)
	}
	for _, link := range links {
		if target, err := os.Readlink(link); err == nil && strings.HasPrefix(target, c.Dir+"/") {
			results = append(results, link)
		}
	}
	for _, trace := range results {
		if err := os.Remove(trace); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("traces: %w", err)
		}
	}
	return nil
}

// unmountBelow unmounts all that is mounted below the folders, the last first.
func unmountBelow(dirs ...string) error {
	data, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return fmt.Errorf("mounts: %w", err)
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	slices.Reverse(lines)
	for _, line := range lines {
		// the kernel writes spaces and the like as octal numbers
		fields := strings.Fields(line)
		target := strings.NewReplacer(`\040`, " ", `\011`, "\t", `\134`, `\`).Replace(fields[1])
		for _, dir := range dirs {
			if !strings.HasPrefix(target, dir+"/") {
				continue
			}
			if err := unix.Unmount(target, unix.MNT_DETACH); err != nil && !errors.Is(err, unix.EINVAL) {
				return fmt.Errorf("unmount %s: %w", target, err)
			}
		}
	}
	return nil
}

// trailingNumber reads the node's number, with which all these names end.
func trailingNumber(name string) (int, bool) {
	digits := name[strings.LastIndexAny(name, "-v")+1:]
	index, err := strconv.Atoi(digits)
	return index, err == nil && index > 0
}
