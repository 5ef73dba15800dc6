package source

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"

	"golang.org/x/crypto/ssh"
)

// Credentials are what a repository's server asks for. They print as
// "[redacted]" everywhere; compare them with fingerprint only.
type Credentials struct {
	Username, Password string // basic authentication; Username also names the SSH user
	Bearer             string // bearer token, in place of basic authentication
	SSHKey             []byte // private key, PEM
	SSHPassphrase      []byte // of SSHKey
	KnownHosts         []byte // OpenSSH known_hosts; SSH does not work without
	CA                 []byte // certificates that an HTTPS server may be signed by, PEM

	opened ssh.Signer // SSHKey, once it was opened: a passphrase takes its time
}

const redacted = "[redacted]"

// String hides the secrets.
func (c Credentials) String() string { return redacted }

// Format hides the secrets from every verb of fmt.
func (c Credentials) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue hides the secrets from slog.
func (c Credentials) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText hides the secrets from encoders.
func (c Credentials) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// fingerprint tells credentials apart without giving them away.
func (c Credentials) fingerprint() string {
	h := sha256.New()
	for _, part := range [][]byte{[]byte(c.Username), []byte(c.Password), []byte(c.Bearer), c.SSHKey, c.SSHPassphrase, c.KnownHosts, c.CA} {
		sum := sha256.Sum256(part)
		h.Write(sum[:])
	}
	return hex.EncodeToString(h.Sum(nil))
}

// ParseCredentials reads a Secret's data with the keys that Kubernetes, Flux
// and Argo CD use: username and password; bearerToken; identity or
// ssh-privatekey with known_hosts, password being the key's passphrase then;
// ca.crt, caFile or caCert. Other keys (identity.pub and the like) are ignored.
// Errors name the key and never its value.
func ParseCredentials(data map[string][]byte) (Credentials, error) {
	c := Credentials{
		Username: text(data, "username"), Password: text(data, "password"), Bearer: text(data, "bearerToken"),
		SSHKey: first(data, "identity", "ssh-privatekey"), KnownHosts: first(data, "known_hosts"),
		CA: first(data, "ca.crt", "caFile", "caCert"),
	}
	if c.SSHKey != nil {
		c.SSHPassphrase, c.Password = []byte(c.Password), ""
	}
	problems := []error{c.checkTokens(), c.checkKey(), c.checkKnownHosts(), c.checkCA()}
	if err := errors.Join(problems...); err != nil {
		return Credentials{}, &Error{Kind: KindInvalid, Problem: "credentials", Err: err}
	}
	return c, nil
}

// first returns the value of the first key that is there and not empty.
func first(data map[string][]byte, keys ...string) []byte {
	for _, k := range keys {
		if v := data[k]; len(bytes.TrimSpace(v)) > 0 {
			return bytes.Clone(v)
		}
	}
	return nil
}

// text is a one-line value; the newline an editor left at its end is no part.
func text(data map[string][]byte, key string) string {
	return strings.TrimRight(string(data[key]), "\r\n")
}

func (c Credentials) checkTokens() error {
	for key, v := range map[string]string{"username": c.Username, "password": c.Password, "bearerToken": c.Bearer} {
		if strings.ContainsAny(v, "\r\n\x00") {
			return invalid("key %s holds more than one line", key)
		}
	}
	if strings.Contains(c.Username, ":") {
		return invalid("key username holds a colon, which basic authentication cannot carry")
	}
	if c.Bearer != "" && c.Password != "" {
		return invalid("keys password and bearerToken exclude each other")
	}
	if c.Username == "" && c.Password != "" && c.SSHKey == nil {
		return invalid("key password needs a username (with a token any will do, such as git)")
	}
	return nil
}
