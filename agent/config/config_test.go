package config

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/pflag"
)

func TestFlagsAndFile(t *testing.T) {
	cfg := Default()
	flags := pflag.NewFlagSet("agent", pflag.ContinueOnError)
	cfg.Flags(flags)
	if err := flags.Parse([]string{"--allow-http", "--concurrency=4", "--allow-private=10.0.0.0/8"}); err != nil {
		t.Fatal(err)
	}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "config.yaml")
	write(t, file, "logLevel: debug\nallowPrivate: [git.svc]\n")
	got, err := Overlay(cfg.Live, file)
	if err != nil {
		t.Fatal(err)
	}
	want := Live{LogLevel: "debug", AllowHTTP: true, AllowPrivate: []string{"git.svc"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWrongSettings(t *testing.T) {
	cfg := Default()
	cfg.NamespaceSelector, cfg.LogFormat, cfg.Concurrency, cfg.Live.LogLevel = "a in (", "xml", 0, "loud"
	cfg.Build.Registry, cfg.Build.Args = "registry.example.com", []string{"HTTPS_PROXY=http://proxy:3128", "GOPROXY", "A B=c"}
	err := cfg.Validate()
	if err != nil && strings.Contains(err.Error(), "HTTPS_PROXY") {
		t.Errorf("a good build argument is refused: %v", err)
	}
	for _, want := range []string{`--build-arg: "GOPROXY" is not NAME=VALUE`, `--build-arg: "A B=c"`, "--namespace-selector", "--log-format", "--concurrency", "logLevel"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not name %s", err, want)
		}
	}
	file := filepath.Join(t.TempDir(), "config.yaml")
	write(t, file, "logLevl: debug\n")
	if _, err := Overlay(cfg.Live, file); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("an unknown field gives %v", err)
	}
}

// A mounted ConfigMap never writes the file: it swaps the link ..data beside it.
func TestReloaderFollowsTheSwappedLink(t *testing.T) {
	dir := t.TempDir()
	for _, version := range []string{"one", "two"} {
		if err := os.Mkdir(filepath.Join(dir, version), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(dir, "one", "config.yaml"), "logLevel: info\n")
	write(t, filepath.Join(dir, "two", "config.yaml"), "logLevel: debug\n")
	link(t, dir, "one")
	if err := os.Symlink("..data/config.yaml", filepath.Join(dir, "config.yaml")); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	levels := make(chan string, 10)
	done := make(chan error)
	reloader := NewReloader(filepath.Join(dir, "config.yaml"), Default().Live, func(l Live) { levels <- l.LogLevel }, slog.New(slog.DiscardHandler))
	go func() { done <- reloader.Run(ctx) }()
	if got := <-levels; got != "info" {
		t.Fatalf("first read gives %s", got)
	}
	link(t, dir, "two")
	if got := <-levels; got != "debug" {
		t.Fatalf("after the swap it is %s", got)
	}
	// What is wrong is not taken up, and what comes after it is.
	write(t, filepath.Join(dir, "one", "config.yaml"), "logLevel: loud\n")
	link(t, dir, "one")
	write(t, filepath.Join(dir, "two", "config.yaml"), "logLevel: warn\n")
	link(t, dir, "two")
	if got := <-levels; got != "warn" {
		t.Errorf("after a wrong file it is %s", got)
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// link swaps ..data to a version, as the kubelet does.
func link(t *testing.T, dir, version string) {
	t.Helper()
	next := filepath.Join(dir, "..data_tmp")
	if err := os.Symlink(version, next); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, filepath.Join(dir, "..data")); err != nil {
		t.Fatal(err)
	}
}
