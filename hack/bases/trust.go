package main

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // what the format wants
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"maps"
	"os"
	"unicode/utf16"
)

// bundle is where programs look for authorities.
const bundle = "/etc/ssl/certs/ca-certificates.crt"

// readTrust reads a bundle of authorities in PEM.
func readTrust(file string) ([]byte, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("authorities to trust: %w", err)
	}
	if len(certificates(data)) == 0 {
		return nil, fmt.Errorf("authorities to trust: %s holds no certificate in PEM", file)
	}
	return data, nil
}

// authorities writes whom the image trusts.
func (b builder) authorities(l *layer, r recipe, debians []byte) error {
	trusted := debians
	if b.trust != nil {
		trusted = b.trust
	}
	if err := l.text(place(bundle), string(trusted)); err != nil || r.Keystore == "" {
		return err
	}
	return l.text(place(r.Keystore), string(keystore(certificates(trusted))))
}

// environment is a recipe's, and where other authorities stand for programs that
// bring a list of their own.
func (b builder) environment(r recipe) map[string]string {
	env := map[string]string{}
	if r.Trust && b.trust != nil {
		for _, name := range []string{"SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "PIP_CERT"} {
			env[name] = bundle
		}
	}
	maps.Copy(env, r.Env)
	return env
}

// certificates are those of a bundle, in DER.
func certificates(bundle []byte) (all [][]byte) {
	for {
		var block *pem.Block
		if block, bundle = pem.Decode(bundle); block == nil {
			return all
		}
		if _, err := x509.ParseCertificate(block.Bytes); err == nil && block.Type == "CERTIFICATE" {
			all = append(all, block.Bytes)
		}
	}
}

// keystore is Java's list of authorities, as its own format JKS has it, under the
// usual password.
func keystore(certificates [][]byte) []byte {
	const magic, version, trusted = 0xfeedfeed, 2, 2
	var out bytes.Buffer
	number := func(n uint32) { out.Write(binary.BigEndian.AppendUint32(nil, n)) }
	word := func(s string) {
		out.Write(binary.BigEndian.AppendUint16(nil, uint16(len(s)))) //nolint:gosec // short
		out.WriteString(s)
	}
	number(magic)
	number(version)
	number(uint32(len(certificates))) //nolint:gosec // some hundred
	for i, der := range certificates {
		number(trusted)
		word(fmt.Sprintf("authority-%d", i))
		out.Write(make([]byte, 8)) // since when
		word("X.509")
		number(uint32(len(der))) //nolint:gosec // some thousand
		out.Write(der)
	}
	sum := sha1.New() //nolint:gosec // what the format wants
	for _, unit := range utf16.Encode([]rune("changeit")) {
		sum.Write(binary.BigEndian.AppendUint16(nil, unit))
	}
	sum.Write([]byte("Mighty Aphrodite")) // the format's own salt
	sum.Write(out.Bytes())
	return sum.Sum(out.Bytes())
}
