package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
)

// authority makes a file with the certificate of an authority.
func authority(t *testing.T) (file string, der []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IsCA: true}
	if der, err = x509.CreateCertificate(rand.Reader, template, template, key.Public(), key); err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "authority.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return file, der
}

// TestTrust makes an image that trusts an authority of its own, and makes it
// again once it trusts another.
func TestTrust(t *testing.T) {
	file, der := authority(t)
	r := recipe{Tags: []string{"x:1"}, Trust: true, Keystore: "/etc/cacerts", Env: map[string]string{"A": "b"}}
	out := filepath.Join(t.TempDir(), "x.tar")
	b := builder{cache: t.TempDir()}
	var err error
	if b.trust, err = readTrust(file); err != nil {
		t.Fatal(err)
	}
	if made, err := b.refresh(t.Context(), "x", r, out); err != nil || !made {
		t.Fatalf("made %v, %v", made, err)
	}
	img, err := tarball.ImageFromPath(out, nil)
	if err != nil {
		t.Fatal(err)
	}
	layers, err := img.Layers()
	if err != nil {
		t.Fatal(err)
	}
	content, err := layers[0].Uncompressed()
	if err != nil {
		t.Fatal(err)
	}
	defer content.Close()
	all := strings.Join(list(t, content), "\n")
	if !strings.Contains(all, "etc/ssl/certs/ca-certificates.crt "+string(b.trust[:len(b.trust)-1])) || !strings.Contains(all, "etc/cacerts \xfe\xed\xfe\xed") || !strings.Contains(all, string(der)) {
		t.Errorf("the image does not hold the authority:\n%q", all)
	}
	config, err := img.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"A=b", "NODE_EXTRA_CA_CERTS=" + bundle, "PIP_CERT=" + bundle, "REQUESTS_CA_BUNDLE=" + bundle, "SSL_CERT_FILE=" + bundle}
	if diff := cmp.Diff(want, config.Config.Env); diff != "" {
		t.Errorf("environment (-want +got):\n%s", diff)
	}
	b.trust = nil
	if made, err := b.refresh(t.Context(), "x", r, out); err != nil || !made {
		t.Errorf("without the authority: made %v, %v", made, err)
	}
}

// TestKeystore holds the format to its layout: lengths, and the sum at its end
// that Java checks. `keytool -list` reads it, too.
func TestKeystore(t *testing.T) {
	got := keystore([][]byte{[]byte("DER")})
	head := "\xfe\xed\xfe\xed\x00\x00\x00\x02\x00\x00\x00\x01" + "\x00\x00\x00\x02" + "\x00\x0bauthority-0" +
		"\x00\x00\x00\x00\x00\x00\x00\x00" + "\x00\x05X.509" + "\x00\x00\x00\x03DER"
	if !bytes.HasPrefix(got, []byte(head)) || len(got) != len(head)+20 {
		t.Errorf("keystore %q", got)
	}
}

func TestTrustRefused(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{empty: "empty.pem holds no certificate", empty + ".missing": "no such file"} {
		if _, err := readTrust(file); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", file, err, want)
		}
	}
}
