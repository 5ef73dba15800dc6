// Package component holds the programs that are compiled into this one: each
// runs as a process of its own, chosen by its name.
package component

import (
	"context"
)

// Run becomes the component and returns its exit code; os.Args must already be
// what the component's own main would see.
type Run func(ctx context.Context) int

// Find returns the component of that name.
func Find(name string) (Run, bool) {
	run, ok := components()[name]
	return run, ok
}

func components() map[string]Run {
	return map[string]Run{
		"etcd":                    runEtcd,
		"kube-apiserver":          runAPIServer,
		"kube-controller-manager": runControllerManager,
		"kube-scheduler":          runScheduler,
		"kubelet":                 runKubelet,
		"kube-proxy":              runKubeProxy,
		"kubectl":                 runKubectl,
		"kwok":                    runKwok,
		"metrics-server":          runMetricsServer,
		"coredns":                 runCoreDNS,
		"gateway":                 runGateway,
		"provisioner":             runProvisioner,
	}
}
