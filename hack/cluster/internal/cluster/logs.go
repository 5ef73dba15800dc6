package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Logs prints a process's log; with follow it goes on until ctx ends.
func Logs(ctx context.Context, l Layout, name string, follow bool, out io.Writer) error {
	f, err := os.Open(filepath.Join(l.Logs(), filepath.Base(name)+".log"))
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("no log of %q; there are: %s", name, strings.Join(l.logNames(), ", "))
	}
	if err != nil {
		return fmt.Errorf("log: %w", err)
	}
	defer f.Close()
	for {
		if _, err := io.Copy(out, f); err != nil {
			return fmt.Errorf("log of %s: %w", name, err)
		}
		if !follow {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// logNames is only for a message, so that a folder it cannot read has none.
func (l Layout) logNames() []string {
	files, err := filepath.Glob(filepath.Join(l.Logs(), "*.log"))
	if err != nil {
		return nil
	}
	names := make([]string, len(files))
	for i, file := range files {
		names[i] = strings.TrimSuffix(filepath.Base(file), ".log")
	}
	return names
}
