package admin

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// The ways to log in.
const (
	Plain       = "PLAIN"
	ScramSHA256 = "SCRAM-SHA-256"
	ScramSHA512 = "SCRAM-SHA-512"
)

// Credentials are who the client is. The zero value is nobody.
type Credentials struct {
	// Mechanism is one of the ways to log in; SCRAM-SHA-512 unless given.
	Mechanism          string
	Username, Password string
}

// String does not tell the password.
func (c Credentials) String() string { return c.Mechanism + " " + c.Username }

func (c Credentials) mechanism() (sasl.Mechanism, error) {
	switch c.Mechanism {
	case Plain:
		return plain.Auth{User: c.Username, Pass: c.Password}.AsMechanism(), nil
	case ScramSHA256:
		return scram.Auth{User: c.Username, Pass: c.Password}.AsSha256Mechanism(), nil
	case ScramSHA512:
		return scram.Auth{User: c.Username, Pass: c.Password}.AsSha512Mechanism(), nil
	}
	return nil, fmt.Errorf("mechanism %q is none of %s, %s and %s", c.Mechanism, Plain, ScramSHA256, ScramSHA512)
}

// options are those of the client for how it gets in.
func (c Config) options() ([]kgo.Opt, error) {
	var options []kgo.Opt
	switch {
	case c.Dial != nil:
		options = append(options, kgo.Dialer(c.dial))
	case c.TLS != nil:
		options = append(options, kgo.DialTLSConfig(c.TLS.Clone()))
	}
	if c.Credentials.Username != "" {
		m, err := c.Credentials.mechanism()
		if err != nil {
			return nil, err
		}
		options = append(options, kgo.SASL(m))
	}
	return append(options, c.Options...), nil
}

// dial connects by Dial, encrypted where that is asked for.
func (c Config) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := c.Dial(ctx, network, address)
	if err != nil || c.TLS == nil {
		return conn, err
	}
	encrypted := c.TLS.Clone()
	if encrypted.ServerName == "" {
		encrypted.ServerName, _, _ = net.SplitHostPort(address)
	}
	secure := tls.Client(conn, encrypted)
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("TLS with %s: %w", address, err)
	}
	return secure, nil
}

// refusedAccess says what to do about brokers that do not let the client in.
func refusedAccess(c Config, err error) error {
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.Is(err, kerr.SaslAuthenticationFailed):
		return fmt.Errorf("the brokers refuse user %q with its password (%s): %w", c.Credentials.Username, c.Credentials.Mechanism, err)
	case errors.Is(err, kerr.UnsupportedSaslMechanism):
		return fmt.Errorf("the brokers do not know the mechanism %s: %w", c.Credentials.Mechanism, err)
	case errors.As(err, &unknown):
		return fmt.Errorf("the brokers' certificate is signed by an authority that is not trusted; give it: %w", err)
	case errors.Is(err, kerr.ClusterAuthorizationFailed):
		return fmt.Errorf("user %q may not do this; it needs more rights on the cluster: %w", c.Credentials.Username, err)
	}
	return err
}
