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
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spotguide/spotguide/test/gitserver"
)

func main() {
	dir := flag.String("dir", ".", "folder of the bare repositories")
	listen := flag.String("listen", "127.0.0.1:0", "loopback address to listen on; port 0 takes a free one")
	webhook := flag.String("webhook", "", "address that is told of each push")
	secret := flag.String("webhook-secret-file", "", "file of the secret that the webhook's body is signed with")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	if err := run(ctx, log, *dir, *listen, *webhook, *secret, flag.Args()); err != nil {
		log.Error("gitserver stopped", "error", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, log *slog.Logger, dir, listen, webhook, secret string, repositories []string) error {
	s, err := gitserver.New(dir)
	if err != nil {
		return err
	}
	for _, name := range repositories {
		if err := s.Create(ctx, name); err != nil {
			return err
		}
	}
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	if !l.Addr().(*net.TCPAddr).IP.IsLoopback() {
		_ = l.Close()
		return errors.New("--listen: anybody may push here, so only loopback addresses are taken")
	}
	address := "http://" + l.Addr().String()
	told := newTeller(log, webhook, secret)
	s.OnPush = func(repository string) { told.pushed(address + "/" + repository + ".git") }
	_, _ = fmt.Println(address)
	server := &http.Server{Handler: s.Handler(gitserver.HTTP{}), ReadHeaderTimeout: 10 * time.Second}
	stopped := make(chan error, 1)
	go func() {
		<-ctx.Done()
		end, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		stopped <- server.Shutdown(end)
	}()
	done := make(chan struct{})
	go func() { defer close(done); told.run(ctx) }()
	defer func() { <-done }()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-stopped
}
