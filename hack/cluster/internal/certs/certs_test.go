package certs

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"testing"
)

func TestIssue(t *testing.T) {
	dir := t.TempDir()
	ca, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	server := Subject{Name: "server", Hosts: []string{"localhost", "127.0.0.1"}}
	if err := ca.Issue("server", server); err != nil {
		t.Fatal(err)
	}
	if err := ca.Issue("client", Subject{Name: "someone", Groups: []string{"system:masters"}}); err != nil {
		t.Fatal(err)
	}
	leaf := load(t, ca, "server")
	roots := x509.NewCertPool()
	roots.AddCert(ca.cert)
	for _, host := range server.Hosts {
		if _, err := leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: host}); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
	client := load(t, ca, "client")
	usage := x509.VerifyOptions{Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}
	if _, err := client.Verify(usage); err != nil {
		t.Error(err)
	}
	usage.KeyUsages = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	if _, err := client.Verify(usage); err == nil {
		t.Error("a client's certificate serves")
	}
}

func TestOpenAndIssueKeepWhatIsThere(t *testing.T) {
	dir := t.TempDir()
	var before []byte
	for range 2 {
		ca, err := Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := ca.Issue("a", Subject{Name: "a"}); err != nil {
			t.Fatal(err)
		}
		now, err := os.ReadFile(ca.File("a.crt"))
		if err != nil {
			t.Fatal(err)
		}
		if before != nil && string(now) != string(before) {
			t.Error("issued again")
		}
		before = now
	}
}

func load(t *testing.T, ca *Authority, name string) *x509.Certificate {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(ca.File(name+".crt"), ca.File(name+".key"))
	if err != nil {
		t.Fatal(err)
	}
	return pair.Leaf
}
