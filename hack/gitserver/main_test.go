package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/spotguide/spotguide/agent/server"
	"github.com/spotguide/spotguide/test/gitserver"
)

// TestPushReachesTheWebhook pushes through the running program and looks at
// what the webhook gets, signed as the agent wants it.
func TestPushReachesTheWebhook(t *testing.T) {
	dir, secret := t.TempDir(), filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	told := make(chan string, 1)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var payload struct{ Repository string }
		_ = json.Unmarshal(body, &payload)
		told <- fmt.Sprint(payload.Repository, " ", server.Signed(r.Header, body, []byte("s3cret")))
	}))
	defer hook.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	_ = l.Close()
	ctx, cancel := context.WithCancel(t.Context())
	var out bytes.Buffer
	done := make(chan error, 1)
	ready := make(chan struct{})
	go func() {
		done <- run(ctx, options{dir: dir, listen: address, webhook: hook.URL, secret: secret, repositories: []string{"shop"}, out: &out,
			log: slog.New(slog.DiscardHandler), ready: func() { close(ready) }})
	}()
	select {
	case <-ready:
	case err := <-done:
		t.Fatal(err)
	}
	git, err := gitserver.New(dir)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "a"), []byte("1"), 0o600); err != nil {
		t.Fatal(err)
	}
	url := "http://" + address + "/shop.git"
	if _, err := git.Push(ctx, folder, url, "main", "first"); err != nil {
		t.Fatal(err)
	}
	if got := <-told; got != url+" true" {
		t.Errorf("the webhook got %q", got)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if out.String() != "http://"+address+"\n" {
		t.Errorf("printed %q", out.String())
	}
}

func TestOnlyLoopback(t *testing.T) {
	err := run(t.Context(), options{dir: t.TempDir(), listen: ":0", log: slog.New(slog.DiscardHandler), out: io.Discard})
	if err == nil {
		t.Error("anybody could push")
	}
}
