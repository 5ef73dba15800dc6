package source

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net/http"
	"net/url"
	"time"
)

// newHTTPTransport returns the transport of HTTP sessions. The Store shares one
// among all repositories that trust the system's certificates, so that
// connections are reused; roots nil means those.
//
// The environment's proxy settings are not heeded: behind a proxy nobody could
// tell what address is reached.
func newHTTPTransport(g *guard, roots *x509.CertPool) *http.Transport {
	return &http.Transport{
		DialContext:           g.dial,
		TLSClientConfig:       &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:   15 * time.Second,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          100,
		MaxIdleConnsPerHost:   4,
		IdleConnTimeout:       90 * time.Second,
		ExpectContinueTimeout: time.Second,
	}
}

// httpError makes an error of a request that got no answer, without the address
// that net/http puts in.
func httpError(err error) error {
	var ours *Error
	if errors.As(err, &ours) {
		return ours
	}
	var outer *url.Error
	if errors.As(err, &outer) {
		err = outer.Err
	}
	var authority x509.UnknownAuthorityError
	var hostname x509.HostnameError
	var certificate x509.CertificateInvalidError
	if errors.As(err, &authority) || errors.As(err, &hostname) || errors.As(err, &certificate) {
		return &Error{Kind: KindAuth, Problem: "the server's certificate is not trusted", Err: err,
			Hint: "add the certificate authority as the key ca.crt of the credentials"}
	}
	return &Error{Kind: KindTransient, Problem: "no answer", Err: lasting(err)}
}
