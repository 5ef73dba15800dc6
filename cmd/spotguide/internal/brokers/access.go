// Package brokers finds out how to reach a Kafka cluster: from flags, files and
// a Secret.
package brokers

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spotguide/spotguide/spotguides/kafka/admin"
)

// Access is what a person says about a cluster. What is empty is taken from the
// Secret, if there is one.
type Access struct {
	Bootstrap []string
	ClusterID string
	// TLS asks for an encrypted connection; files ask for it, too.
	TLS                           bool
	CAFile, CertFile, KeyFile     string
	Mechanism, User, PasswordFile string
}

// The keys of a Secret, beside those of Kubernetes itself: tls.crt, tls.key and
// ca.crt.
const (
	keyBootstrap = "bootstrap"
	keyMechanism = "mechanism"
	keyUser      = "username"
	keyPassword  = "password"
	keyCA        = "ca.crt"
	keyCert      = "tls.crt"
	keyKey       = "tls.key"
)

// Config makes the configuration of a client. environment gives variables:
// KAFKA_PASSWORD is the password where no file and no Secret has one.
func (a Access) Config(secret map[string][]byte, environment func(string) string) (admin.Config, error) {
	c := admin.Config{Seeds: a.Bootstrap, ClusterID: a.ClusterID}
	if len(c.Seeds) == 0 && len(secret[keyBootstrap]) > 0 {
		c.Seeds = strings.Split(strings.TrimSpace(string(secret[keyBootstrap])), ",")
	}
	if len(c.Seeds) == 0 {
		return c, errors.New("which brokers? give --bootstrap HOST:PORT of one or more, or a --secret that has them as bootstrap")
	}
	var err error
	if c.TLS, err = a.tls(secret); err != nil {
		return c, err
	}
	c.Credentials, err = a.credentials(secret, environment)
	return c, err
}

func (a Access) credentials(secret map[string][]byte, environment func(string) string) (admin.Credentials, error) {
	c := admin.Credentials{Mechanism: a.Mechanism, Username: a.User}
	if c.Mechanism == "" {
		c.Mechanism = string(secret[keyMechanism])
	}
	if c.Username == "" {
		c.Username = string(secret[keyUser])
	}
	if c.Mechanism == "" {
		c.Mechanism = admin.ScramSHA512
	}
	if c.Username == "" {
		return admin.Credentials{}, nil
	}
	password, err := read(a.PasswordFile, secret[keyPassword])
	if err != nil {
		return c, err
	}
	if c.Password = strings.TrimRight(string(password), "\r\n"); c.Password == "" {
		c.Password = environment("KAFKA_PASSWORD")
	}
	if c.Password == "" {
		return c, fmt.Errorf("user %q has no password: give --password-file, a --secret, or KAFKA_PASSWORD in the environment", c.Username)
	}
	return c, nil
}

func (a Access) tls(secret map[string][]byte) (*tls.Config, error) {
	ca, err := read(a.CAFile, secret[keyCA])
	if err != nil {
		return nil, err
	}
	cert, err := read(a.CertFile, secret[keyCert])
	if err != nil {
		return nil, err
	}
	key, err := read(a.KeyFile, secret[keyKey])
	if err != nil {
		return nil, err
	}
	if !a.TLS && len(ca)+len(cert)+len(key) == 0 {
		return nil, nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if len(ca) > 0 {
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(ca) {
			return nil, fmt.Errorf("%s holds no certificate in PEM", named(a.CAFile, keyCA))
		}
	}
	if len(cert)+len(key) > 0 {
		pair, err := tls.X509KeyPair(cert, key)
		if err != nil {
			return nil, fmt.Errorf("%s with %s: %w", named(a.CertFile, keyCert), named(a.KeyFile, keyKey), err)
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

// read is a file's text, or that of the Secret where no file is named.
func read(file string, secret []byte) ([]byte, error) {
	if file == "" {
		return secret, nil
	}
	return os.ReadFile(file)
}

func named(file, key string) string {
	if file != "" {
		return file
	}
	return key + " of the Secret"
}
