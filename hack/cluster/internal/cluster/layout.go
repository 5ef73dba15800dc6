// Package cluster brings a cluster up, looks after it and takes it down.
//
// All it keeps lies in one folder:
//
//	lock             held while a command changes the cluster
//	cluster.json     what was decided when it was first brought up: Settings
//	run/NAME.json    who each process is (package process)
//	logs/NAME.log    what it printed
//	certs/           the authority and what it signed
//	kubeconfig       the administrator's; kubeconfigs/ holds the components'
//	config/          the components' configuration files
//	etcd/            the data
//	nodes/N/         a real node
//	images/          the images loaded so far
//	volumes/         a folder for each persistent volume
package cluster

import (
	"fmt"
	"os"
	"path/filepath"
)

// Layout knows where things lie in a cluster's folder.
type Layout struct{ Dir string }

// NewLayout makes the folder's path absolute: processes that run elsewhere get it.
func NewLayout(dir string) (Layout, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return Layout{}, fmt.Errorf("folder %s: %w", dir, err)
	}
	return Layout{abs}, nil
}

// Path is a path inside the folder.
func (l Layout) Path(parts ...string) string {
	return filepath.Join(append([]string{l.Dir}, parts...)...)
}

// Kubeconfig is the administrator's.
func (l Layout) Kubeconfig() string { return l.Path("kubeconfig") }

// Records is where the processes write down who they are.
func (l Layout) Records() string { return l.Path("run") }

// Logs is where the processes' output goes.
func (l Layout) Logs() string { return l.Path("logs") }

func (l Layout) kubeconfigOf(component string) string {
	return l.Path("kubeconfigs", component+".yaml")
}

func (l Layout) make() error {
	for _, dir := range []string{"run", "logs", "certs", "kubeconfigs", "config"} {
		if err := os.MkdirAll(l.Path(dir), 0o755); err != nil {
			return fmt.Errorf("cluster's folder: %w", err)
		}
	}
	return nil
}
