package cluster

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

// healthy asks a component's health address.
func (s *starter) healthy(url string) func(context.Context) error {
	return func(ctx context.Context) error {
		if s.client == nil {
			client, err := s.layout.httpClient()
			if err != nil {
				return err
			}
			s.client = client
		}
		return get(ctx, s.client, url)
	}
}

func get(ctx context.Context, client *http.Client, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fmt.Errorf("health: %w", err)
	}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("health: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusOK {
		return nil
	}
	body, err := io.ReadAll(io.LimitReader(response.Body, 4096))
	if err != nil {
		return fmt.Errorf("health: %w", err)
	}
	return fmt.Errorf("%s answers %s: %s", url, response.Status, strings.TrimSpace(string(body)))
}

// httpClient is the administrator's, for what has no client of its own.
func (l Layout) httpClient() (*http.Client, error) {
	authority, err := os.ReadFile(l.cert("ca"))
	if err != nil {
		return nil, fmt.Errorf("authority: %w", err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(authority)
	pair, err := tls.LoadX509KeyPair(l.cert("admin"), l.key("admin"))
	if err != nil {
		return nil, fmt.Errorf("administrator's certificate: %w", err)
	}
	return &http.Client{
		Timeout: 5 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{
			RootCAs: pool, Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12,
		}},
	}, nil
}
