// Command gitserver serves a folder of bare Git repositories over smart HTTP, for
// the demo: git itself does the work.
//
//	gitserver --dir .demo/git --listen 127.0.0.1:3000 --webhook http://127.0.0.1:9292/hooks
//
// A repository that a push names and that is not there is not made: give the
// names as arguments. After each push the webhook gets a POST of
// {"repository": "http://127.0.0.1:3000/shop.git"}.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/spotguide/spotguide/test/gitserver"
)

// options are the flags and what a test replaces.
type options struct {
	dir, listen     string
	webhook, secret string
	repositories    []string
	out             io.Writer
	log             *slog.Logger
	ready           func() // called once it listens; may be nil
}

func main() {
	o := options{out: os.Stdout, log: slog.New(slog.NewTextHandler(os.Stderr, nil))}
	flag.StringVar(&o.dir, "dir", ".", "folder of the bare repositories")
	flag.StringVar(&o.listen, "listen", "127.0.0.1:0", "loopback address to listen on; port 0 takes a free one")
	flag.StringVar(&o.webhook, "webhook", "", "address that is told of each push")
	flag.StringVar(&o.secret, "webhook-secret-file", "", "file of the secret that the webhook's body is signed with")
	flag.Parse()
	o.repositories = flag.Args()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		o.log.Error("gitserver stopped", "error", err)
		os.Exit(1)
	}
}

// run serves until ctx ends. It prints its address first.
func run(ctx context.Context, o options) error {
	s, err := gitserver.New(o.dir)
	if err != nil {
		return err
	}
	for _, name := range o.repositories {
		if err := s.Create(ctx, name); err != nil {
			return err
		}
	}
	l, err := listen(ctx, o.listen)
	if err != nil {
		return err
	}
	address := "http://" + l.Addr().String()
	told := newTeller(o.log, o.webhook, o.secret)
	s.OnPush = func(repository string) { told.pushed(address + "/" + repository + ".git") }
	if _, err := fmt.Fprintln(o.out, address); err != nil {
		return err
	}
	if o.ready != nil {
		o.ready()
	}
	return serve(ctx, l, s.Handler(gitserver.HTTP{}), told)
}

// listen takes loopback addresses only, since anybody may push.
func listen(ctx context.Context, address string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	if !l.Addr().(*net.TCPAddr).IP.IsLoopback() {
		_ = l.Close()
		return nil, fmt.Errorf("--listen %s: anybody may push here, so only loopback addresses are taken", address)
	}
	return l, nil
}

// serve runs the server and the teller, and ends with both.
func serve(ctx context.Context, l net.Listener, h http.Handler, told *teller) error {
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
	g.Go(func() error {
		told.run(ctx)
		end, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		return server.Shutdown(end)
	})
	return g.Wait()
}
