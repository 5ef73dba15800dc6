package realnode

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Each node takes about twenty instances of inotify, and the kernel gives a user 128
// for all.
const (
	watchersFile = "/proc/sys/fs/inotify/max_user_instances"
	watchers     = 1024
)

// AllowWatchers has the kernel give root enough instances of inotify for several
// clusters' nodes. It stays so until the machine starts again.
func AllowWatchers() error {
	raw, err := os.ReadFile(watchersFile)
	if err != nil {
		return fmt.Errorf("limit of inotify: %w", err)
	}
	if now, err := strconv.Atoi(strings.TrimSpace(string(raw))); err == nil && now >= watchers {
		return nil
	}
	if err := os.WriteFile(watchersFile, []byte(strconv.Itoa(watchers)), 0o644); err != nil {
		return fmt.Errorf("raise the limit of inotify: %w", err)
	}
	return nil
}
