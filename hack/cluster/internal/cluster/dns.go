package cluster

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/spotguide/spotguide/hack/cluster/internal/process"
)

func (l Layout) coredns(s Settings) process.Spec {
	return l.spec(s, "coredns", "-conf="+l.Path("config", "Corefile"), "-quiet")
}

// startDNS gives real nodes' pods the names of Services.
func (s *starter) startDNS(ctx context.Context, settings Settings) error {
	file := s.layout.Path("config", "Corefile")
	if err := os.WriteFile(file, []byte(s.corefile(settings)), 0o644); err != nil {
		return fmt.Errorf("CoreDNS's configuration: %w", err)
	}
	err := s.apply(ctx, "dns.yaml", struct {
		ClusterIP, Host string
		Port            int
	}{settings.Network.DNS(), settings.Network.Host(), settings.Ports["dns"]})
	if err != nil {
		return err
	}
	return s.ensure(ctx, s.layout.coredns(settings))
}

func (s *starter) corefile(settings Settings) string {
	forward := ""
	// CoreDNS does not start with a forward that has no server to ask
	if data, err := os.ReadFile("/etc/resolv.conf"); err == nil && strings.Contains(string(data), "nameserver") {
		forward = "forward . /etc/resolv.conf\n    "
	}
	return fmt.Sprintf(`.:%d {
    bind %s
    errors
    health 127.0.0.1:%d
    kubernetes cluster.local in-addr.arpa ip6.arpa {
        kubeconfig %s
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
        ttl 5
    }
    cache 5
    %s}
`, settings.Ports["dns"], settings.Network.Host(), settings.Ports["dns-health"],
		s.layout.kubeconfigOf("coredns"), forward)
}
