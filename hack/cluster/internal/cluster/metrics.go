package cluster

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/spotguide/spotguide/hack/cluster/internal/process"
)

func (l Layout) metricsServer(s Settings) process.Spec {
	config := l.kubeconfigOf("metrics-server-client")
	return l.spec(s, "metrics-server",
		"--kubeconfig="+config, "--authentication-kubeconfig="+config, "--authorization-kubeconfig="+config,
		"--bind-address=127.0.0.1", "--secure-port="+strconv.Itoa(s.Ports["metrics-server"]),
		"--tls-cert-file="+l.cert("metrics-server"), "--tls-private-key-file="+l.key("metrics-server"),
		"--kubelet-certificate-authority="+l.cert("ca"), "--kubelet-preferred-address-types=InternalIP",
		"--kubelet-use-node-status-port",
		"--metric-resolution="+resolution(s), "--kubelet-request-timeout=2s",
	)
}

// resolution is short where kwok answers from memory; a kubelet measures its
// containers only every 10 s, and asking it more often shows nothing new.
func resolution(s Settings) string {
	if s.Real > 0 {
		return "10s"
	}
	return "2s"
}

// startMetrics starts metrics.k8s.io; without nodes there is nothing to measure.
func (s *starter) startMetrics(ctx context.Context, settings Settings) error {
	if settings.Simulated+settings.Real == 0 {
		return nil
	}
	authority, err := os.ReadFile(s.layout.cert("ca"))
	if err != nil {
		return fmt.Errorf("metrics-server: %w", err)
	}
	err = s.apply(ctx, "metrics.yaml", struct {
		Port      int
		Authority string
	}{settings.Ports["metrics-server"], base64.StdEncoding.EncodeToString(authority)})
	if err != nil {
		return err
	}
	return s.ensure(ctx, s.layout.metricsServer(settings))
}

// waitMetrics waits until metrics.k8s.io answers with the usage of a node. With
// real nodes that takes two of the kubelet's measurements: too long to wait for.
func (s *starter) waitMetrics(ctx context.Context, settings Settings) error {
	if settings.Simulated == 0 || settings.Real > 0 {
		return nil
	}
	client, err := s.layout.client()
	if err != nil {
		return err
	}
	return s.waitFor(ctx, "metrics.k8s.io", 3*time.Minute, func(ctx context.Context) error {
		body, err := client.RESTClient().Get().AbsPath("/apis/metrics.k8s.io/v1beta1/nodes").DoRaw(ctx)
		if err != nil {
			return fmt.Errorf("metrics: %w", err)
		}
		var list struct{ Items []json.RawMessage }
		if err := json.Unmarshal(body, &list); err != nil {
			return fmt.Errorf("metrics: %w", err)
		}
		if len(list.Items) == 0 {
			return errors.New("no node measured yet")
		}
		return nil
	})
}
