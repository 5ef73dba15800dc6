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

// keepLean lets go of the binary's pages now and every minute until ctx ends. What
// packages set up at the start touches most of its 90 MB once, with what lies around
// it; the agent needs a third of that from then on. The pages are clean: what is
// needed again comes from the file, for some microseconds.
func keepLean(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		if err := giveBack(); err != nil {
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

// giveBack unmaps the pages of the process' own binary that nobody may write to.
func giveBack() error {
	binary, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return fmt.Errorf("find the binary: %w", err)
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return fmt.Errorf("find the binary's memory: %w", err)
	}
	for line := range strings.Lines(string(maps)) {
		var start, end uintptr
		var rights, offset, device, path string
		var inode uint64
		_, err := fmt.Sscanf(line, "%x-%x %s %s %s %d %s", &start, &end, &rights, &offset, &device, &inode, &path)
		if err != nil || path != binary || strings.Contains(rights, "w") {
			continue // of no file, of another one, or written to
		}
		if _, _, code := unix.Syscall(unix.SYS_MADVISE, start, end-start, unix.MADV_DONTNEED); code != 0 {
			return fmt.Errorf("give back %s of the binary: %w", rights, code)
		}
	}
	return nil
}
