package config

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Reloader reads the configuration file again when it changes.
type Reloader struct {
	path  string
	base  Live
	apply func(Live)
	log   *slog.Logger
}

// NewReloader returns a reloader for the file at path, laid over base. Apply is
// called with every good configuration that is read, from Run's goroutine.
func NewReloader(path string, base Live, apply func(Live), log *slog.Logger) *Reloader {
	return &Reloader{path: path, base: base, apply: apply, log: log}
}

// Run watches until ctx ends. A file that cannot be read or is wrong is told in
// the log, and what held before goes on holding.
//
// It watches the folder and not the file: Kubernetes swaps a symbolic link
// beside the mounted file and never writes to the file itself.
func (r *Reloader) Run(ctx context.Context) error {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("watch configuration: %w", err)
	}
	defer watcher.Close()
	if err := watcher.Add(filepath.Dir(r.path)); err != nil {
		return fmt.Errorf("watch configuration %s: %w", r.path, err)
	}
	rest := time.NewTimer(settle) // the file may have changed since it was first read
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-watcher.Events:
			rest.Reset(settle)
		case err := <-watcher.Errors:
			r.log.Warn("configuration watch failed", "error", err)
		case <-rest.C:
			r.read()
		}
	}
}

func (r *Reloader) read() {
	live, err := Overlay(r.base, r.path)
	if err != nil {
		r.log.Error("configuration not taken up", "error", err)
		return
	}
	r.apply(live)
}
