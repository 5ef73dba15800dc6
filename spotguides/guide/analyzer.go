package guide

import (
	"context"
	"net"
)

// Analyzer looks at applications of one guide by their own protocol, where
// monitor.yaml's sources do not suffice. It is safe for concurrent use and
// changes nothing.
type Analyzer interface {
	// Analyze returns figures by the names under which rules read them
	// (metrics.NAME). What it cannot tell is not there: it is not known then.
	Analyze(ctx context.Context, a Analyzed) (map[string]float64, error)
}

// Analyzed is an application as an Analyzer gets at it: by its own pods and by
// the Secrets of its own namespace, and by nothing else.
type Analyzed struct {
	Namespace, Application string
	// Pods are the names of those that run and have an address.
	Pods []string
	// Dial connects to one of the Pods.
	Dial func(ctx context.Context, pod, port string) (net.Conn, error)
	// Secret reads one of the namespace's. What is in it must not get into an
	// error or a log.
	Secret func(ctx context.Context, name string) (map[string][]byte, error)
}
