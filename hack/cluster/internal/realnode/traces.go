package realnode

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// removeShimSockets removes the sockets of containers' shims that were killed;
// each shim's folder says where its socket is. One that stays is only a name.
func (n Node) removeShimSockets() {
	files, err := filepath.Glob(filepath.Join(n.run(), "io.containerd.runtime.v2.task", "*", "*", "address"))
	if err != nil {
		return
	}
	for _, file := range files {
		if address, err := os.ReadFile(file); err == nil {
			_ = os.Remove(strings.TrimPrefix(string(address), "unix://"))
		}
	}
}

// removeTraces removes what containerd, its network plugins and the kubelet
// leave at places that they do not let one choose.
func (c Cluster) removeTraces() error {
	results, err := filepath.Glob("/var/lib/cni/results/*")
	if err != nil {
		return fmt.Errorf("traces: %w", err)
	}
	traces := slices.DeleteFunc(results, func(file string) bool {
		data, err := os.ReadFile(file)
		return err != nil || !strings.Contains(string(data), c.RunDir()+"/")
	})
	links, err := filepath.Glob("/var/log/containers/*.log")
	if err != nil {
		return fmt.Errorf("traces: %w", err)
	}
	for _, link := range links {
		if target, err := os.Readlink(link); err == nil && strings.HasPrefix(target, c.Dir+"/") {
			traces = append(traces, link)
		}
	}
	for _, trace := range traces {
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
