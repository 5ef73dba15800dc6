package certs

import (
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
)

func (a *Authority) load() error {
	der, err := decode(a.File("ca.crt"))
	if err != nil {
		return err
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		return fmt.Errorf("authority's certificate: %w", err)
	}
	if der, err = decode(a.File("ca.key")); err != nil {
		return err
	}
	if a.key, err = x509.ParseECPrivateKey(der); err != nil {
		return fmt.Errorf("authority's key: %w", err)
	}
	return nil
}

func decode(file string) ([]byte, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("certificates: %w", err)
	}
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, fmt.Errorf("certificates: %s holds no PEM block", file)
	}
	return block.Bytes, nil
}
