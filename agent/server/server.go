// Package server is the agent's HTTP side: liveness, readiness, metrics, the
// webhooks of Git servers, and the source that builds fetch.
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Checks tell how the agent is. Both return nil when all is well.
type Checks interface {
	Live() error
	Ready() error
}

// Server serves until its context ends.
type Server struct {
	listener net.Listener
	handler  http.Handler
	log      *slog.Logger
}

// New listens on address at once, so that a taken port is an error here.
func New(address string, checks Checks, metrics, hooks, sources http.Handler, log *slog.Logger) (*Server, error) {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w (set another --listen)", address, err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /healthz", check(checks.Live))
	mux.Handle("GET /readyz", check(checks.Ready))
	mux.Handle("GET /metrics", metrics)
	mux.Handle("POST /hooks", hooks)
	mux.Handle("GET /sources/{token}", sources)
	return &Server{listener: listener, handler: mux, log: log}, nil
}

// Addr is where the server listens.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Run serves until ctx ends and then finishes the requests in flight.
func (s *Server) Run(ctx context.Context) error {
	server := &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		stopped <- server.Shutdown(grace)
	})
	defer stop()
	if err := server.Serve(s.listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve %s: %w", s.Addr(), err)
	}
	return <-stopped
}

func check(healthy func() error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if err := healthy(); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
}
