package cluster

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spotguide/spotguide/hack/cluster/internal/process"
)

// starter starts processes that do not run yet and waits for what they do.
type starter struct {
	layout Layout
	self   string
	say    func(format string, args ...any)
	client *http.Client
	// started are those that this command started and so can see end.
	started []*process.Handle
}

func newStarter(l Layout, say func(string, ...any)) (*starter, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("own program: %w", err)
	}
	return &starter{layout: l, self: self, say: say}, nil
}

// ensure starts the process unless it runs already.
func (s *starter) ensure(ctx context.Context, spec process.Spec) error {
	r, err := process.ReadRecord(spec.RecordFile())
	if err == nil && r.Alive() {
		return nil
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	h, err := process.Start(ctx, s.self, spec)
	if err != nil {
		return err
	}
	s.started = append(s.started, h)
	return nil
}

// waitFor asks until check has no error. It gives up at once when a process
// that this command started has ended, and says then which and why.
func (s *starter) waitFor(ctx context.Context, what string, limit time.Duration, check func(context.Context) error) error {
	begin := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("not within %s", limit))
	defer cancel()
	said := false
	for {
		err := check(ctx)
		if err == nil {
			if said {
				s.say("  %s: ready after %.1f s", what, time.Since(begin).Seconds())
			}
			return nil
		}
		if err := s.ended(); err != nil {
			return fmt.Errorf("waiting for %s: %w", what, err)
		}
		if !said && time.Since(begin) > time.Second {
			s.say("  waiting for %s", what)
			said = true
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w; last: %w", what, context.Cause(ctx), err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// ended reports the processes that should run and do not.
func (s *starter) ended() error {
	var all []error
	for _, h := range s.started {
		if err := h.Err(); err != nil {
			all = append(all, explain(err))
		}
	}
	return errors.Join(all...)
}

// explain adds what to do where a component's own words do not say it.
func explain(err error) error {
	for words, advice := range map[string]string{
		"address already in use":  "another program took the port meanwhile: cluster down, then cluster up, takes other ports",
		"no space left on device": "the disk is full",
	} {
		if strings.Contains(err.Error(), words) {
			return fmt.Errorf("%w\n  %s", err, advice)
		}
	}
	return err
}

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
