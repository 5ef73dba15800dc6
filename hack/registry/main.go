// Command registry serves container images over plain HTTP, for tests and the
// demo, filled from the tars named:
//
//	registry --dir .demo/registry --listen 10.99.64.1:5000 bin/bases/*.tar
//
// Anybody who reaches it may push, so only addresses are taken that belong to
// this machine alone: loopback ones and private ones, as of a cluster's bridge.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/spotguide/spotguide/test/registry"
)

func main() {
	dir := flag.String("dir", "", "`folder` of the layers; a temporary one unless given")
	address := flag.String("listen", "127.0.0.1:0", "`address` to listen on; port 0 takes a free one")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *dir, *address, flag.Args(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "registry:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends. Once all images are loaded it prints its address.
func run(ctx context.Context, dir, address string, tars []string, out io.Writer) error {
	if dir == "" {
		temporary, err := os.MkdirTemp("", "registry-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(temporary)
		dir = temporary
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	l, err := listen(ctx, address)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: registry.New(dir), ReadHeaderTimeout: 10 * time.Second}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	g.Go(func() error {
		for _, tar := range tars {
			if _, err := registry.Load(ctx, l.Addr().String(), tar); err != nil {
				return err
			}
		}
		_, err := fmt.Fprintln(out, l.Addr())
		return err
	})
	g.Go(func() error {
		<-ctx.Done()
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		return server.Shutdown(end)
	})
	return g.Wait()
}

// listen refuses addresses that others may reach.
func listen(ctx context.Context, address string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	if ip := l.Addr().(*net.TCPAddr).IP; !ip.IsLoopback() && !ip.IsPrivate() {
		_ = l.Close()
		return nil, fmt.Errorf("--listen %s: anybody may push here, so only loopback and private addresses are taken", address)
	}
	return l, nil
}
