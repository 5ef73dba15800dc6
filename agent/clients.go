package agent

import (
	"fmt"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"
)

// clients are the agent's own, which act as nobody else.
type clients struct {
	cluster  *rest.Config
	typed    kubernetes.Interface
	metadata metadata.Interface
	dynamic  dynamic.Interface
}

func newClients(cluster *rest.Config, m *metrics) (*clients, error) {
	cluster = rest.CopyConfig(cluster)
	cluster.Wrap(func(next http.RoundTripper) http.RoundTripper { return counted{next, m.requests} })
	cluster.QPS = -1 // the gate and the API server's own fairness bound us
	cluster.UserAgent = "spotguide"
	typed := rest.CopyConfig(cluster)
	typed.ContentType = runtime.ContentTypeProtobuf
	typed.AcceptContentTypes = runtime.ContentTypeProtobuf + "," + runtime.ContentTypeJSON
	client, err := kubernetes.NewForConfig(typed)
	if err != nil {
		return nil, fmt.Errorf("make client: %w", err)
	}
	meta, err := metadata.NewForConfig(metadata.ConfigFor(cluster))
	if err != nil {
		return nil, fmt.Errorf("make metadata client: %w", err)
	}
	untyped, err := dynamic.NewForConfig(cluster)
	if err != nil {
		return nil, fmt.Errorf("make dynamic client: %w", err)
	}
	return &clients{cluster: cluster, typed: client, metadata: meta, dynamic: untyped}, nil
}

// counted counts requests to the API server by method; a watch is one.
type counted struct {
	next     http.RoundTripper
	requests *prometheus.CounterVec
}

func (c counted) RoundTrip(r *http.Request) (*http.Response, error) {
	c.requests.WithLabelValues(r.Method).Inc()
	return c.next.RoundTrip(r)
}

// WrappedRoundTripper lets client-go see through to the transport.
func (c counted) WrappedRoundTripper() http.RoundTripper { return c.next }
