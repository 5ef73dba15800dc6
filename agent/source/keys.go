package source

import (
	"crypto/x509"
	"encoding/pem"
	"errors"

	"golang.org/x/crypto/ssh"
)

func (c *Credentials) checkKey() error {
	if c.SSHKey == nil {
		return nil
	}
	var err error
	if c.opened, err = c.signer(); err != nil {
		return err
	}
	if c.KnownHosts == nil {
		return &Error{Kind: KindInvalid, Problem: "an SSH key without the key known_hosts",
			Hint: "add the output of ssh-keyscan HOST, compared with what the host publishes"}
	}
	return nil
}

// signer opens the private key.
func (c Credentials) signer() (ssh.Signer, error) {
	if c.opened != nil {
		return c.opened, nil
	}
	s, err := ssh.ParsePrivateKey(c.SSHKey)
	var locked *ssh.PassphraseMissingError
	if errors.As(err, &locked) {
		if len(c.SSHPassphrase) == 0 {
			return nil, invalid("the SSH private key has a passphrase; add it as the key password")
		}
		if s, err = ssh.ParsePrivateKeyWithPassphrase(c.SSHKey, c.SSHPassphrase); err == nil {
			return s, nil
		}
		return nil, invalid("the SSH private key does not open with the given passphrase")
	}
	if err != nil {
		return nil, invalid("the SSH private key cannot be read; give it as ssh-keygen writes it")
	}
	return s, nil
}

func (c Credentials) checkKnownHosts() error {
	if c.KnownHosts == nil {
		return nil
	}
	_, err := parseKnownHosts(c.KnownHosts)
	return err
}

func (c Credentials) checkCA() error {
	if c.CA == nil {
		return nil
	}
	_, err := c.roots()
	return err
}

// roots are the certificates an HTTPS server may be signed by: the given ones
// only.
func (c Credentials) roots() (*x509.CertPool, error) {
	pool, rest, n := x509.NewCertPool(), c.CA, 0
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, invalid("key ca.crt: certificate %d cannot be read", n+1)
		}
		pool.AddCert(cert)
		n++
	}
	if n == 0 {
		return nil, invalid("key ca.crt holds no PEM certificate")
	}
	return pool, nil
}
