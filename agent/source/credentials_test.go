package source

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/spotguide/spotguide/test/gitserver"
)

func TestParseCredentials(t *testing.T) {
	host, key, err := gitserver.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	known := gitserver.KnownHosts("github.com:22", host.PublicKey())
	for name, c := range map[string]struct {
		data map[string]string
		want string // in the error; "" when there must be none
	}{
		"none":               {map[string]string{}, ""},
		"basic":              {map[string]string{"username": "ada", "password": "pw\n"}, ""},
		"bearer":             {map[string]string{"bearerToken": "pw"}, ""},
		"ssh":                {map[string]string{"identity": string(key), "identity.pub": "x", "known_hosts": string(known)}, ""},
		"ssh, Kubernetes":    {map[string]string{"ssh-privatekey": string(key), "known_hosts": string(known)}, ""},
		"no known_hosts":     {map[string]string{"identity": string(key)}, "known_hosts"},
		"empty known_hosts":  {map[string]string{"identity": string(key), "known_hosts": "# nothing\n"}, "names no host"},
		"broken known_hosts": {map[string]string{"identity": string(key), "known_hosts": "github.com ssh-rsa pw\n"}, "known_hosts"},
		"authority":          {map[string]string{"identity": string(key), "known_hosts": "@cert-authority " + string(known)}, "@cert-authority"},
		"broken key":         {map[string]string{"identity": "-----BEGIN pw", "known_hosts": string(known)}, "SSH private key"},
		"both":               {map[string]string{"username": "ada", "password": "pw", "bearerToken": "pw"}, "exclude each other"},
		"no username":        {map[string]string{"password": "pw"}, "username"},
		"colon":              {map[string]string{"username": "a:pw", "password": "pw"}, "colon"},
		"two lines":          {map[string]string{"bearerToken": "pw\r\nX-Evil: pw"}, "more than one line"},
		"broken CA":          {map[string]string{"ca.crt": "pw"}, "ca.crt"},
	} {
		t.Run(name, func(t *testing.T) {
			data := map[string][]byte{}
			for k, v := range c.data {
				data[k] = []byte(v)
			}
			got, err := ParseCredentials(data)
			switch {
			case c.want == "" && err != nil:
				t.Fatal(err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Fatalf("got error %v; want one with %q", err, c.want)
			case err != nil && strings.Contains(err.Error(), "pw"):
				t.Errorf("the error holds a value: %v", err)
			}
			if name == "basic" && got.Password != "pw" {
				t.Errorf("got password %q", got.Password)
			}
		})
	}
}

func TestLockedKeys(t *testing.T) {
	locked := []byte(lockedKey)
	_, err := Credentials{SSHKey: locked}.signer()
	if err == nil || !strings.Contains(err.Error(), "add it as the key password") {
		t.Errorf("without a passphrase: %v", err)
	}
	_, err = Credentials{SSHKey: locked, SSHPassphrase: []byte("wrong")}.signer()
	if err == nil || !strings.Contains(err.Error(), "does not open") || strings.Contains(err.Error(), "wrong") {
		t.Errorf("with a wrong passphrase: %v", err)
	}
}

func TestCredentialsNeverShow(t *testing.T) {
	c := Credentials{Username: "s3cret", Password: "s3cret", Bearer: "s3cret", SSHKey: []byte("s3cret"), SSHPassphrase: []byte("s3cret"), KnownHosts: []byte("s3cret"), CA: []byte("s3cret")}
	r := Repository{URL: "https://github.com/acme/app", Credentials: c}
	var b bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		fmt.Fprintf(&b, verb+verb, c, r)
		fmt.Fprintf(&b, verb, &c)
	}
	log := slog.New(slog.NewJSONHandler(&b, nil))
	log.Info("x", "c", c, "r", r)
	slog.New(slog.NewTextHandler(&b, nil)).Info("x", "c", c, "r", r)
	_ = json.NewEncoder(&b).Encode(r)
	for _, form := range []string{"s3cret", "733363726574", "czNjcmV0", "115 51 99"} {
		if strings.Contains(b.String(), form) {
			t.Errorf("%q shows in:\n%s", form, b.String())
		}
	}
	changed := c
	changed.Password = "other"
	if c.fingerprint() == changed.fingerprint() || r.identity() == (Repository{URL: r.URL, Credentials: changed}).identity() {
		t.Error("other credentials share a mirror")
	}
}

func TestKnownHosts(t *testing.T) {
	key := func() ssh.PublicKey {
		s, _, err := gitserver.NewKey()
		if err != nil {
			t.Fatal(err)
		}
		return s.PublicKey()
	}
	one, other := key(), key()
	for _, c := range []struct {
		name, line, host string
		show             ssh.PublicKey
		want             Kind
	}{
		{"plain", knownhosts.Line([]string{"github.com"}, one), "github.com:22", one, ""},
		{"other key", knownhosts.Line([]string{"github.com"}, one), "github.com:22", other, KindHostKey},
		{"other host", knownhosts.Line([]string{"github.com"}, one), "gitlab.com:22", one, KindHostKey},
		{"other port", knownhosts.Line([]string{"github.com"}, one), "github.com:2222", one, KindHostKey},
		{"port", knownhosts.Line([]string{"[github.com]:2222"}, one), "github.com:2222", one, ""},
		{"hashed", knownhosts.Line([]string{knownhosts.HashHostname("github.com")}, one), "github.com:22", one, ""},
		{"hashed, other host", knownhosts.Line([]string{knownhosts.HashHostname("github.com")}, one), "gitlab.com:22", one, KindHostKey},
		{"several", "github.com,gitlab.com " + strings.SplitN(knownhosts.Line([]string{"x"}, one), " ", 2)[1], "gitlab.com:22", one, ""},
		{"pattern", knownhosts.Line([]string{"*.example.com"}, one), "git.example.com:22", one, ""},
		{"negated", "*.example.com,!git.example.com " + strings.SplitN(knownhosts.Line([]string{"x"}, one), " ", 2)[1], "git.example.com:22", one, KindHostKey},
		{"revoked", "@revoked " + knownhosts.Line([]string{"*"}, one) + "\n" + knownhosts.Line([]string{"github.com"}, one), "github.com:22", one, KindHostKey},
	} {
		t.Run(c.name, func(t *testing.T) {
			known, err := parseKnownHosts([]byte(c.line + "\n"))
			if err != nil {
				t.Fatal(err)
			}
			wantKind(t, known.of(c.host).verify(c.host, &net.TCPAddr{}, c.show), c.want)
		})
	}
}

// FuzzKnownHosts: no file makes a host known by a key that it does not hold.
func FuzzKnownHosts(f *testing.F) {
	s, _, err := gitserver.NewKey()
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte("github.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl\n"), "github.com:22")
	f.Add([]byte("@revoked |1|a|b ssh-rsa x\n[::1]:22,!* ssh-ed25519 AAAA\n"), "[::1]:22")
	f.Fuzz(func(t *testing.T, data []byte, host string) {
		c, err := ParseCredentials(map[string][]byte{"known_hosts": data, "ca.crt": data})
		if err == nil && c.CA == nil && c.KnownHosts == nil && len(bytes.TrimSpace(data)) > 0 {
			t.Error("lost on the way")
		}
		known, err := parseKnownHosts(data)
		if err != nil {
			wantKind(t, err, KindInvalid)
			return
		}
		if err := known.of(host).verify(host, nil, s.PublicKey()); err == nil {
			t.Error("an unknown key was taken")
		}
	})
}
