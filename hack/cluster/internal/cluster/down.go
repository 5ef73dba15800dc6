package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spotguide/spotguide/hack/cluster/internal/process"
)

// Down ends every process of the cluster and removes all it had. There being
// no cluster is fine.
func Down(ctx context.Context, l Layout, progress io.Writer) error {
	if _, err := os.Stat(l.Dir); errors.Is(err, os.ErrNotExist) {
		fmt.Fprintf(progress, "%s: no cluster here\n", l.Dir)
		return nil
	}
	if err := l.looksOurs(); err != nil {
		return err
	}
	unlock, err := l.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	records, err := l.closeRecords()
	if err != nil {
		return err
	}
	if err := process.Kill(ctx, records...); err != nil {
		return fmt.Errorf("stop the cluster: %w", err)
	}
	// without root there can have been no real node
	if os.Geteuid() == 0 {
		if err := l.realCluster(Settings{ID: l.id()}).Clear(ctx); err != nil {
			return err
		}
	}
	if err := os.RemoveAll(l.Dir); err != nil {
		return fmt.Errorf("remove the cluster: %w", err)
	}
	fmt.Fprintf(progress, "%s: %d processes ended, all removed\n", l.Dir, len(records))
	return nil
}

// closeRecords moves the records away: a process that was started but had not
// recorded itself yet finds no folder to do so and ends.
func (l Layout) closeRecords() ([]process.Record, error) {
	closed := l.Path("run.closed")
	if _, err := os.Stat(closed); errors.Is(err, os.ErrNotExist) {
		if err := os.Rename(l.Records(), closed); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("close the records: %w", err)
		}
	}
	return process.ReadRecords(closed)
}

// looksOurs keeps a mistyped folder from being filled or removed: it may hold
// nothing but what a cluster has.
func (l Layout) looksOurs() error {
	entries, err := os.ReadDir(l.Dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("cluster's folder: %w", err)
	}
	ours := []string{"lock", "cluster.json", "cluster.json.new", "run", "run.closed", "logs", "certs",
		"kubeconfig", "kubeconfigs", "config", "etcd", "nodes", "images", "volumes"}
	for _, e := range entries {
		if !slices.Contains(ours, e.Name()) {
			return fmt.Errorf("%s holds %s, which is not a cluster's: choose another folder", l.Dir, e.Name())
		}
	}
	return nil
}
