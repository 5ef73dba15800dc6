package gitserver

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net"
	"os/exec"
	"regexp"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// SSH says who the server is and who may come in.
type SSH struct {
	HostKey    ssh.Signer
	Authorized []ssh.PublicKey
}

// ServeSSH serves the repositories over SSH until ctx ends, closes the listener
// then, and waits for every connection.
func (s *Server) ServeSSH(ctx context.Context, l net.Listener, opts SSH) error {
	config := &ssh.ServerConfig{PublicKeyCallback: func(_ ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
		for _, a := range opts.Authorized {
			if string(a.Marshal()) == string(key.Marshal()) {
				return nil, nil
			}
		}
		return nil, errors.New("key not authorized")
	}}
	config.AddHostKey(opts.HostKey)
	var connections sync.WaitGroup
	defer connections.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	context.AfterFunc(ctx, func() { _ = l.Close() })
	for {
		conn, err := l.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		connections.Go(func() {
			stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
			defer stop()
			s.serveConn(ctx, conn, config)
		})
	}
}

func (s *Server) serveConn(ctx context.Context, conn net.Conn, config *ssh.ServerConfig) {
	defer func() { _ = conn.Close() }()
	_, channels, requests, err := ssh.NewServerConn(conn, config)
	if err != nil {
		return
	}
	var work sync.WaitGroup
	defer work.Wait()
	work.Go(func() { ssh.DiscardRequests(requests) })
	for c := range channels {
		if c.ChannelType() != "session" {
			_ = c.Reject(ssh.UnknownChannelType, "only sessions")
			continue
		}
		channel, requests, err := c.Accept()
		if err != nil {
			return
		}
		work.Go(func() { s.serveSession(ctx, channel, requests) })
	}
}

func (s *Server) serveSession(ctx context.Context, channel ssh.Channel, requests <-chan *ssh.Request) {
	var copying sync.WaitGroup
	defer copying.Wait() // ends when the channel does
	defer func() { _ = channel.Close() }()
	for r := range requests {
		if r.Type != "exec" {
			_ = r.Reply(r.Type == "env", nil)
			continue
		}
		var command struct{ Line string }
		if err := ssh.Unmarshal(r.Payload, &command); err != nil {
			_ = r.Reply(false, nil)
			return
		}
		_ = r.Reply(true, nil)
		status := struct{ Code uint32 }{s.exec(ctx, channel, &copying, command.Line)}
		_, _ = channel.SendRequest("exit-status", false, ssh.Marshal(status))
		return
	}
}

var sshCommand = regexp.MustCompile(`^(git-upload-pack|git-receive-pack) '/?([^']+)'$`)

// exec runs what a client asks for, when it is one of Git's two programs on a
// repository of ours, and returns its exit status.
func (s *Server) exec(ctx context.Context, channel ssh.Channel, copying *sync.WaitGroup, line string) uint32 {
	m := sshCommand.FindStringSubmatch(line)
	if m == nil || !repositoryName.MatchString(m[2]) {
		_, _ = fmt.Fprintf(channel.Stderr(), "fatal: %q is not allowed here\n", line)
		return 128
	}
	cmd := exec.CommandContext(ctx, s.git, strings.TrimPrefix(m[1], "git-"), s.Path(m[2]))
	cmd.Env, cmd.Stdout, cmd.Stderr = environment(), channel, channel.Stderr()
	// A pipe of our own: with cmd.Stdin the program's end would wait for the
	// client to close its side.
	in, err := cmd.StdinPipe()
	if err != nil {
		return 128
	}
	if err := cmd.Start(); err != nil {
		return 128
	}
	copying.Go(func() {
		_, _ = io.Copy(in, channel)
		_ = in.Close()
	})
	err = cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return uint32(exit.ExitCode())
	}
	return 0
}

// NewKey makes an Ed25519 key and returns it with its PEM form.
func NewKey() (ssh.Signer, []byte, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		return nil, nil, err
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		return nil, nil, err
	}
	return signer, pem.EncodeToMemory(block), nil
}

// KnownHosts returns the known_hosts line of a server at host:port.
func KnownHosts(address string, key ssh.PublicKey) []byte {
	return []byte(knownhosts.Line([]string{knownhosts.Normalize(address)}, key) + "\n")
}
