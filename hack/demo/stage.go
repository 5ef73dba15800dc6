package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// namespace is where the shop goes.
const namespace = "shop"

// stage is everything that the demo has set up.
type stage struct {
	dir        string
	kubeconfig string
	embedded   bool
	client     kubernetes.Interface
	gitAddress string
	agent      string // address of the agent's HTTP server
	worktree   string // clone that the demo commits in
	timeline   *timeline
}

func (s *stage) path(name string) string { return filepath.Join(s.dir, name) }

func (s *stage) repository() string { return "http://" + s.gitAddress + "/shop.git" }

// prepare starts the Git server and the agent and makes the clone.
func (s *stage) prepare(ctx context.Context) error {
	cfg, err := clientcmd.BuildConfigFromFlags("", s.kubeconfig)
	if err != nil {
		return fmt.Errorf("read kubeconfig: %w", err)
	}
	if s.client, err = kubernetes.NewForConfig(cfg); err != nil {
		return err
	}
	if _, err := output(ctx, "bin/cluster", "kubectl", "--kubeconfig", s.kubeconfig, "apply", "--server-side", "-f", "deploy/kustomize/clusterrole-tenant.yaml"); err != nil {
		return err
	}
	if s.gitAddress, err = freeAddress(); err != nil {
		return err
	}
	if s.agent, err = freeAddress(); err != nil {
		return err
	}
	secret, err := s.secret()
	if err != nil {
		return err
	}
	if err := s.clone(ctx); err != nil {
		return err
	}
	if err := s.start("gitserver", "bin/gitserver", "--dir", s.path("repositories"), "--listen", s.gitAddress,
		"--webhook", "http://"+s.agent+"/hooks", "--webhook-secret-file", secret); err != nil {
		return err
	}
	return s.start("agent", "bin/spotguide", "agent", "--kubeconfig", s.kubeconfig, "--leader-elect=false",
		"--data", s.path("mirrors"), "--listen", s.agent, "--allow-http", "--allow-private", "127.0.0.1",
		"--webhook-secret-file", secret)
}

// secret writes what the Git server signs its webhooks with.
func (s *stage) secret() (string, error) {
	raw := make([]byte, 20)
	rand.Read(raw)
	path := s.path("webhook-secret")
	return path, os.WriteFile(path, []byte(hex.EncodeToString(raw)), 0o600)
}

// clone makes the bare repository that is served and the clone that is edited.
func (s *stage) clone(ctx context.Context) error {
	s.worktree = s.path("shop")
	bare := s.path("repositories/shop.git")
	for _, old := range []string{s.worktree, bare, s.path("mirrors")} {
		if err := os.RemoveAll(old); err != nil {
			return err
		}
	}
	if _, err := output(ctx, "git", "init", "-q", "--bare", "-b", "main", bare); err != nil {
		return err
	}
	if err := os.CopyFS(s.worktree, os.DirFS("examples/shop")); err != nil {
		return err
	}
	for _, args := range [][]string{
		{"init", "-q", "-b", "main"},
		{"config", "user.name", "You"},
		{"config", "user.email", "you@example.com"},
		{"remote", "add", "origin", s.repository()},
	} {
		if _, err := s.git(ctx, args...); err != nil {
			return err
		}
	}
	return nil
}

func (s *stage) git(ctx context.Context, args ...string) (string, error) {
	return output(ctx, "git", append([]string{"-C", s.worktree}, args...)...)
}

// push commits whatever has changed in the clone and pushes it.
func (s *stage) push(ctx context.Context, message string) error {
	for _, args := range [][]string{{"add", "-A"}, {"commit", "-q", "-m", message}, {"push", "-q", "-u", "origin", "main"}} {
		if _, err := s.git(ctx, args...); err != nil {
			return err
		}
	}
	return nil
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}
