package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// What the binary may hold of memory before its pages are given back, and how often
// that is looked at.
const (
	leanEnough = 32 << 20
	leanLook   = 5 * time.Second
)

// keepLean lets go of the binary's pages whenever too many are in memory, until ctx
// ends. What packages set up at the start touches most of its 90 MB once, with what
// lies around it; the agent needs a third of that from then on. The pages are clean:
// what is needed again comes from the file, for some microseconds.
func keepLean(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(leanLook)
	defer tick.Stop()
	for {
		if err := lean(); err != nil {
			log.Warn("memory of the binary is kept", "error", err)
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func lean() error {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return fmt.Errorf("find the memory of files: %w", err)
	}
	if fromFiles(string(status)) < leanEnough {
		return nil
	}
	return giveBack()
}

// fromFiles is how much memory holds what stands in files, in bytes, as proc(5) says
// in /proc/self/status.
func fromFiles(status string) (bytes int) {
	_, rest, _ := strings.Cut(status, "\nRssFile:")
	_, _ = fmt.Sscan(rest, &bytes) // in KiB; nothing found is nothing held
	return bytes << 10
}

// giveBack unmaps what the process has in memory of its own binary and could read
// from there again. What the loader has written to does not count, though nobody may
// write to it any more: that is nowhere else.
func giveBack() error {
	binary, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return fmt.Errorf("find the binary: %w", err)
	}
	memory, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		return fmt.Errorf("find the binary's memory: %w", err)
	}
	for _, m := range clean(string(memory), binary) {
		if _, _, code := unix.Syscall(unix.SYS_MADVISE, m.start, m.end-m.start, unix.MADV_DONTNEED); code != 0 {
			return fmt.Errorf("give back memory of the binary: %w", code)
		}
	}
	return nil
}

// mapping is a part of the process' memory.
type mapping struct{ start, end uintptr }

// clean finds in /proc/self/smaps (see proc(5)) the mappings of a file that nobody
// may write to, and nobody has written to.
func clean(smaps, file string) (found []mapping) {
	var m mapping
	var rights, offset, device, path string
	var inode uint64
	for line := range strings.Lines(smaps) {
		if _, copied, ok := strings.Cut(line, "Anonymous:"); ok {
			if path == file && !strings.Contains(rights, "w") && strings.TrimSpace(copied) == "0 kB" {
				found = append(found, m)
			}
			continue
		}
		if name, _, _ := strings.Cut(line, " "); strings.Contains(name, "-") { // begins another one
			path = ""
			_, _ = fmt.Sscanf(line, "%x-%x %s %s %s %d %s", &m.start, &m.end, &rights, &offset, &device, &inode, &path)
		}
	}
	return found
}
