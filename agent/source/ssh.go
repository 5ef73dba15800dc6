package source

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// dialSSH starts a session over SSH. The host must show a key that the
// credentials' known_hosts has; no file and no agent of this machine is asked.
func dialSSH(ctx context.Context, g *guard, a address, c Credentials) (session, error) {
	config, err := sshConfig(a, c)
	if err != nil {
		return nil, err
	}
	conn, err := g.dial(ctx, "tcp", a.hostport())
	if err != nil {
		return nil, dialError(err)
	}
	release := whenDone(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	inner, channels, requests, err := ssh.NewClientConn(conn, a.hostport(), config)
	if err != nil {
		release()
		_ = conn.Close()
		return nil, handshakeError(err)
	}
	client := ssh.NewClient(inner, channels, requests)
	p, err := startUploadPack(client, a)
	if err != nil {
		release()
		_ = client.Close()
		return nil, protocolError("starting git-upload-pack", err)
	}
	stop := p.end
	p.end = sync.OnceFunc(func() {
		stop()
		release()
		_ = client.Close()
		_ = client.Wait()
	})
	return p, nil
}

func startUploadPack(client *ssh.Client, a address) (*pipe, error) {
	s, err := client.NewSession()
	if err != nil {
		return nil, err
	}
	p := &pipe{stderr: &lastWords{}}
	s.Stderr = p.stderr
	if p.in, err = s.StdinPipe(); err != nil {
		return nil, err
	}
	if p.out, err = s.StdoutPipe(); err != nil {
		return nil, err
	}
	p.end = func() {
		_ = s.Close()
		_ = s.Wait()
	}
	path := a.path
	if strings.HasPrefix(path, "/~") {
		path = path[1:] // a home folder, which the other end looks up
	}
	return p, s.Start("git-upload-pack " + shellQuote(path))
}

// shellQuote quotes for the POSIX shell at the other end, and for the parsers
// that Git servers have in its place.
func shellQuote(s string) string {
	return "'" + strings.NewReplacer(`'`, `'\''`, `!`, `'\!'`).Replace(s) + "'"
}

func sshConfig(a address, c Credentials) (*ssh.ClientConfig, error) {
	if c.SSHKey == nil {
		return nil, &Error{Kind: KindAuth, Problem: "SSH needs a key",
			Hint: "name a Secret with the keys identity and known_hosts in the annotation spotguide.dev/credentials"}
	}
	signer, err := c.signer()
	if err != nil {
		return nil, err
	}
	all, err := parseKnownHosts(c.KnownHosts)
	if err != nil {
		return nil, err
	}
	known := all.of(a.hostport())
	if len(known.algorithms()) == 0 {
		return nil, &Error{Kind: KindHostKey, Problem: "known_hosts has no key of " + a.hostport(),
			Hint: fmt.Sprintf("add the output of ssh-keyscan %s to the key known_hosts of the credentials, compared with what the host publishes", a.host)}
	}
	user := "git"
	if c.Username != "" {
		user = c.Username
	}
	if a.user != "" {
		user = a.user
	}
	return &ssh.ClientConfig{
		User: user, Auth: []ssh.AuthMethod{ssh.PublicKeys(signer)},
		HostKeyCallback: known.verify, HostKeyAlgorithms: known.algorithms(), ClientVersion: "SSH-2.0-spotguide",
	}, nil
}

// dialError tells a refusal of the guard from trouble on the way.
func dialError(err error) error {
	var refusal *Error
	if errors.As(err, &refusal) {
		return refusal
	}
	return &Error{Kind: KindTransient, Problem: "cannot connect", Err: lasting(err)}
}

func handshakeError(err error) error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	text := err.Error()
	switch {
	case strings.Contains(text, "unable to authenticate"):
		return &Error{Kind: KindAuth, Problem: "the server does not accept the SSH key", Hint: "add its public half to the server; " + authHint}
	case strings.Contains(text, "no common algorithm for host key"):
		return hostKey("the server has no host key of a kind that known_hosts lists")
	case isNetwork(err):
		return &Error{Kind: KindTransient, Problem: "SSH handshake", Err: lasting(err)}
	}
	return &Error{Kind: KindTransient, Problem: "SSH handshake", Err: errors.New(foreign(text))}
}
