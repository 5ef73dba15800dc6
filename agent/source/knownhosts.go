package source

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"path"
	"slices"
	"strings"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// knownHosts is a parsed known_hosts file. (x/crypto's knownhosts reads files
// only; a Secret is none.)
type knownHosts []knownHost

type knownHost struct {
	patterns []string
	key      ssh.PublicKey
	revoked  bool
}

func parseKnownHosts(data []byte) (knownHosts, error) {
	var known knownHosts
	total := len(data)
	for {
		marker, hosts, key, _, rest, err := ssh.ParseKnownHosts(data)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, invalid("key known_hosts cannot be read near byte %d; give lines as ssh-keyscan writes them", total-len(data))
		}
		if marker == "cert-authority" {
			return nil, invalid("key known_hosts: @cert-authority is not supported; give the host's own key")
		}
		known = append(known, knownHost{patterns: hosts, key: key, revoked: marker == "revoked"})
		data = rest
	}
	if len(known) == 0 {
		return nil, invalid("key known_hosts names no host")
	}
	return known, nil
}

// of returns the lines that speak of a host, given as host:port.
func (k knownHosts) of(hostport string) knownHosts {
	name := knownhosts.Normalize(hostport)
	var out knownHosts
	for _, h := range k {
		if h.matches(name) {
			out = append(out, h)
		}
	}
	return out
}

func (h knownHost) matches(name string) bool {
	found := false
	for _, p := range h.patterns {
		negated := strings.HasPrefix(p, "!")
		if !hostMatches(strings.TrimPrefix(p, "!"), name) {
			continue
		}
		if negated {
			return false
		}
		found = true
	}
	return found
}

func hostMatches(pattern, name string) bool {
	if hashed, ok := strings.CutPrefix(pattern, "|1|"); ok {
		salt, want, _ := strings.Cut(hashed, "|")
		key, err1 := base64.StdEncoding.DecodeString(salt)
		sum, err2 := base64.StdEncoding.DecodeString(want)
		mac := hmac.New(sha1.New, key)
		mac.Write([]byte(name))
		return err1 == nil && err2 == nil && hmac.Equal(mac.Sum(nil), sum)
	}
	pattern = knownhosts.Normalize(pattern)
	if strings.HasPrefix(pattern, "[") || !strings.ContainsAny(pattern, "*?") {
		return strings.EqualFold(pattern, name)
	}
	ok, err := path.Match(strings.ToLower(pattern), name)
	return ok && err == nil
}

// algorithms lists the key algorithms the host is known by, so that a server
// with several keys shows one of them. SHA-1 signatures are left out.
func (k knownHosts) algorithms() []string {
	var out []string
	for _, h := range k {
		names := []string{h.key.Type()}
		if h.key.Type() == ssh.KeyAlgoRSA {
			names = []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}
		}
		for _, n := range names {
			if !h.revoked && !slices.Contains(out, n) {
				out = append(out, n)
			}
		}
	}
	return out
}

// verify is an ssh.HostKeyCallback over the lines of one host.
func (k knownHosts) verify(hostport string, _ net.Addr, key ssh.PublicKey) error {
	same := func(h knownHost) bool { return string(h.key.Marshal()) == string(key.Marshal()) }
	for _, h := range k {
		if h.revoked && same(h) {
			return hostKey(fmt.Sprintf("%s showed a revoked host key %s", hostport, ssh.FingerprintSHA256(key)))
		}
	}
	if slices.ContainsFunc(k, same) {
		return nil
	}
	return hostKey(fmt.Sprintf("%s showed the host key %s, which known_hosts does not have", hostport, ssh.FingerprintSHA256(key)))
}

func hostKey(problem string) *Error {
	return &Error{Kind: KindHostKey, Problem: problem,
		Hint: "if the host's key has really changed, replace known_hosts in the credentials"}
}
