package cluster

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"

	"github.com/spotguide/spotguide/hack/cluster/internal/certs"
)

// identities makes every certificate and kubeconfig of the control plane.
func (l Layout) identities(s Settings) error {
	ca, err := certs.Open(l.Path("certs"))
	if err != nil {
		return err
	}
	local := []string{"localhost", "127.0.0.1"}
	api := append(local, "kubernetes", "kubernetes.default", "kubernetes.default.svc",
		"kubernetes.default.svc.cluster.local", s.Network.Host(), s.Network.APIServer())
	for name, subject := range map[string]certs.Subject{
		"etcd":              {Name: "etcd", Hosts: local},
		"etcd-client":       {Name: "kube-apiserver"},
		"kube-apiserver":    {Name: "kube-apiserver", Hosts: api},
		"kubelet-client":    {Name: "kube-apiserver-kubelet-client", Groups: []string{"system:masters"}},
		"front-proxy":       {Name: "front-proxy-client"},
		"kwok-server":       {Name: "kwok", Hosts: local},
		"metrics-server":    {Name: "metrics-server", Hosts: append(local, "metrics-server.kube-system.svc")},
		"control-plane-tls": {Name: "control-plane", Hosts: local},
	} {
		if err := ca.Issue(name, subject); err != nil {
			return err
		}
	}
	for name, subject := range map[string]certs.Subject{
		"admin":                   {Name: "admin", Groups: []string{"system:masters"}},
		"kube-controller-manager": {Name: "system:kube-controller-manager"},
		"kube-scheduler":          {Name: "system:kube-scheduler"},
		"kube-proxy":              {Name: "system:kube-proxy"},
		"kwok":                    {Name: "kwok", Groups: []string{"system:masters"}},
		"metrics-server-client":   {Name: "system:metrics-server"},
		"coredns":                 {Name: "system:coredns"},
		"provisioner":             {Name: "provisioner", Groups: []string{"system:masters"}},
	} {
		if err := l.issueClient(ca, s, name, subject); err != nil {
			return err
		}
	}
	return l.serviceAccountKey()
}

// issueClient makes a certificate for a client and a kubeconfig that holds it.
func (l Layout) issueClient(ca *certs.Authority, s Settings, name string, subject certs.Subject) error {
	if err := ca.Issue(name, subject); err != nil {
		return err
	}
	server := fmt.Sprintf("https://127.0.0.1:%d", s.Ports["kube-apiserver"])
	file := l.kubeconfigOf(name)
	if name == "admin" {
		file = l.Kubeconfig()
	}
	return writeKubeconfig(file, server, name, ca)
}

// serviceAccountKey makes the key that signs service accounts' tokens.
func (l Layout) serviceAccountKey() error {
	private, public := l.Path("certs", "service-account.key"), l.Path("certs", "service-account.pub")
	if _, err := os.Stat(public); err == nil {
		return nil
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("service accounts' key: %w", err)
	}
	secret, errSecret := x509.MarshalECPrivateKey(key)
	open, errOpen := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err := errors.Join(errSecret, errOpen); err != nil {
		return fmt.Errorf("service accounts' key: %w", err)
	}
	err = os.WriteFile(private, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: secret}), 0o600)
	if err != nil {
		return fmt.Errorf("service accounts' key: %w", err)
	}
	if err := os.WriteFile(public, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: open}), 0o644); err != nil {
		return fmt.Errorf("service accounts' key: %w", err)
	}
	return nil
}
