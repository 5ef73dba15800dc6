//go:build linux || darwin

package render

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// lockDown sets limits that the kernel keeps. The lowest free file descriptor
// becomes the first that cannot be had, and without one there is no file, no
// socket, no pipe and so no process to start.
func lockDown(memory int64) error {
	data := dataInUse()
	free, err := syscall.Dup(0)
	if err != nil {
		return fmt.Errorf("find the first free descriptor: %w", err)
	}
	if err := syscall.Close(free); err != nil {
		return fmt.Errorf("close descriptor: %w", err)
	}
	limits := []limit{
		{syscall.RLIMIT_NOFILE, uint64(free)},
		{syscall.RLIMIT_FSIZE, 0},
		{syscall.RLIMIT_CORE, 0},
	}
	if data > 0 {
		// For allocations that outrun the watch. The runtime maps memory ahead.
		limits = append(limits, limit{syscall.RLIMIT_DATA, data + dataFactor*uint64(memory)})
	}
	for _, l := range limits {
		if err := syscall.Setrlimit(l.resource, &syscall.Rlimit{Cur: l.value, Max: l.value}); err != nil {
			return fmt.Errorf("limit resource %d: %w", l.resource, err)
		}
	}
	return nil
}

type limit struct {
	resource int
	value    uint64
}

// dataInUse is how much writable private memory the kernel counts for this
// process already, in bytes, where it says so.
func dataInUse() uint64 {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return 0
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var kib uint64
		if rest, ok := strings.CutPrefix(lines.Text(), "VmData:"); ok {
			if _, err := fmt.Sscanf(rest, "%d kB", &kib); err == nil {
				return kib << 10
			}
		}
	}
	return 0
}
