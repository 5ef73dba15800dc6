package source

import (
	"context"
	"encoding/pem"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http/httptest"
	"testing"

	"golang.org/x/crypto/ssh"

	"github.com/spotguide/spotguide/test/gitserver"
)

// fixture is a real Git server with a repository named app.
type fixture struct {
	*gitserver.Server
	t *testing.T
}

func newFixture(t *testing.T) fixture {
	t.Helper()
	s, err := gitserver.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Create(t.Context(), "app"); err != nil {
		t.Fatal(err)
	}
	return fixture{s, t}
}

// http serves the repositories over HTTP and returns the address of app.
func (f fixture) http(access gitserver.HTTP) string {
	h := httptest.NewServer(f.Handler(access))
	f.t.Cleanup(h.Close)
	return h.URL + "/app.git"
}

// lockedKey is of no use but in these tests; its passphrase is "open sesame". It
// was made with ssh-keygen -a 1, so that it opens fast.
const lockedKey = `-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHIAAAAGYmNyeXB0AAAAGAAAABA+1ZGJoi
/9azWgpSRvS5AGAAAAAQAAAAEAAAAzAAAAC3NzaC1lZDI1NTE5AAAAIKty4K+G8zi0IseQ
69koBKhMleNnVmdQYB5cvRwpbu1zAAAAkKwyyKG5Uk0Va35ziMj+gzDKEG5A0q2DakNz7a
CwUs2C1L3fRRyr5db59fM+yfh9GPb8WFFJ+G2POuC5o6+FmXTqQdIPOQIfNY2wnEi9sbWk
YaSnJ7+GZ61oWJi+iRFo577OIhZm3sAYJm/hnVmWvgW/DKLS1GnRniATCNOoJF/0h22I7q
Obg5iLI8BisoBzDg==
-----END OPENSSH PRIVATE KEY-----
`

// ssh serves the repositories over SSH and returns the address of app and what
// a client needs: a new key, or lockedKey when there is a passphrase.
func (f fixture) ssh(passphrase string) (string, Credentials, ssh.Signer) {
	f.t.Helper()
	host, _, err := gitserver.NewKey()
	f.must(err)
	client, pem, err := gitserver.NewKey()
	f.must(err)
	if passphrase != "" {
		pem = []byte(lockedKey)
		client, err = ssh.ParsePrivateKeyWithPassphrase(pem, []byte(passphrase))
		f.must(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	f.must(err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- f.ServeSSH(ctx, l, gitserver.SSH{HostKey: host, Authorized: []ssh.PublicKey{client.PublicKey()}})
	}()
	f.t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			f.t.Error(err)
		}
	})
	c, err := ParseCredentials(map[string][]byte{"identity": pem, "password": []byte(passphrase), "known_hosts": gitserver.KnownHosts(l.Addr().String(), host.PublicKey())})
	f.must(err)
	return fmt.Sprintf("ssh://git@%s/app.git", l.Addr()), c, host
}

func (f fixture) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f fixture) commit(branch, message string, files map[string]string) string {
	f.t.Helper()
	h, err := f.Commit(f.t.Context(), "app", branch, message, files)
	f.must(err)
	return h
}

// open lets tests reach this machine.
func open() Policy {
	return Policy{AllowFile: true, AllowHTTP: true, AllowPrivate: []string{"127.0.0.0/8", "::1"}}
}

func newStore(t *testing.T, limits Limits) *Store {
	t.Helper()
	s, err := NewStore(t.TempDir(), open(), limits, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// withHost returns credentials that know another host.
func withHost(c Credentials, address string, key ssh.Signer) Credentials {
	c.KnownHosts = gitserver.KnownHosts(address, key.PublicKey())
	return c
}

func pemOf(certificate []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate})
}

func reference(t *testing.T, s string) Reference {
	t.Helper()
	r, err := ParseReference(s)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func fetch(t *testing.T, s *Store, url, ref string) *Snapshot {
	t.Helper()
	snapshot, err := s.Fetch(t.Context(), Repository{URL: url}, reference(t, ref))
	if err != nil {
		t.Fatal(err)
	}
	return snapshot
}

func wantFile(t *testing.T, s *Snapshot, name, want string) {
	t.Helper()
	got, err := fs.ReadFile(s.FS(), name)
	if err != nil || string(got) != want {
		t.Fatalf("%s at %s: got %q, %v; want %q", name, s.Revision, got, err, want)
	}
}

func wantKind(t *testing.T, err error, want Kind) {
	t.Helper()
	if kindOf(err) != want {
		t.Fatalf("got kind %q of error %v; want %q", kindOf(err), err, want)
	}
}
