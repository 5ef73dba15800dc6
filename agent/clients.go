package agent

import (
	"bytes"
	"fmt"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"
)

// clients are the agent's own, which act as nobody else.
type clients struct {
	cluster  *rest.Config
	typed    kubernetes.Interface
	metadata metadata.Interface
}

func newClients(cluster *rest.Config) (*clients, error) {
	cluster = rest.CopyConfig(cluster)
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
	return &clients{cluster: cluster, typed: client, metadata: meta}, nil
}

func trimSpace(b []byte) []byte { return bytes.TrimSpace(b) }
