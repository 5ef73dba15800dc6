// Package rig is what benchmarks and faults are tried on: a control plane, a Git
// server and the agent, all in one folder of their own.
package rig

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// Rig is one of them. Make it with New.
type Rig struct {
	// Dir is the folder; Cluster, Worktree and Kubeconfig lie in it. Worktree is a
	// clone of the repository that the agent follows.
	Dir, Cluster, Worktree, Kubeconfig string
	// Client may ask as often as it likes.
	Client kubernetes.Interface
	// Git and AgentAddress are where the two servers listen.
	Git, AgentAddress string
	// Agent runs once it was started.
	Agent     *exec.Cmd
	processes []*exec.Cmd
}

// New sets everything up but the agent, with nodes as `cluster up` takes them.
// What an earlier one has left in the folder goes. On an error the rig may be half
// there; Close clears it.
func New(ctx context.Context, dir, nodes string) (*Rig, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	r := &Rig{Dir: dir, Cluster: filepath.Join(dir, "cluster"), Worktree: filepath.Join(dir, "worktree")}
	if err := r.Close(); err != nil { // of an earlier run that was killed
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	if err := r.Command(ctx, "bin/cluster", "up", "--dir", r.Cluster, "--nodes", nodes); err != nil {
		return r, err
	}
	out, err := exec.CommandContext(ctx, "bin/cluster", "kubeconfig", "--dir", r.Cluster).Output()
	if err != nil {
		return r, fmt.Errorf("cluster kubeconfig: %w", err)
	}
	r.Kubeconfig = strings.TrimSpace(string(out))
	cfg, err := clientcmd.BuildConfigFromFlags("", r.Kubeconfig)
	if err != nil {
		return r, err
	}
	cfg.QPS = -1
	if r.Client, err = kubernetes.NewForConfig(cfg); err != nil {
		return r, err
	}
	if err := r.Command(ctx, "bin/cluster", "kubectl", "--kubeconfig", r.Kubeconfig, "apply", "--server-side", "-f", "deploy/kustomize/clusterrole-tenant.yaml"); err != nil {
		return r, err
	}
	return r, r.repository(ctx)
}

// repository makes the bare repository and its clone, and serves it.
func (r *Rig) repository(ctx context.Context) error {
	var err error
	if r.Git, err = freeAddress(); err != nil {
		return err
	}
	if r.AgentAddress, err = freeAddress(); err != nil {
		return err
	}
	bare := filepath.Join(r.Dir, "repositories", "apps.git")
	for _, args := range [][]string{
		{"init", "-q", "--bare", "-b", "main", bare},
		{"init", "-q", "-b", "main", r.Worktree},
		{"-C", r.Worktree, "config", "user.name", "rig"},
		{"-C", r.Worktree, "config", "user.email", "rig@example.com"},
		{"-C", r.Worktree, "remote", "add", "origin", bare},
	} {
		if err := r.Command(ctx, "git", args...); err != nil {
			return err
		}
	}
	if err := os.WriteFile(r.secret(), []byte(secret), 0o600); err != nil {
		return err
	}
	return r.start("gitserver", "bin/gitserver", "--dir", filepath.Join(r.Dir, "repositories"), "--listen", r.Git)
}

// Push commits the clone, changed or not, and pushes it.
func (r *Rig) Push(ctx context.Context, message string) error {
	for _, args := range [][]string{{"add", "-A"}, {"commit", "-q", "--allow-empty", "-m", message}, {"push", "-q", "origin", "main"}} {
		if err := r.Command(ctx, "git", append([]string{"-C", r.Worktree}, args...)...); err != nil {
			return err
		}
	}
	return nil
}

func (r *Rig) start(what, binary string, args ...string) error {
	log, err := os.Create(filepath.Join(r.Dir, what+".log"))
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(binary, args...)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", what, err)
	}
	r.processes = append(r.processes, cmd)
	return nil
}

// Command runs a program; the error holds what it printed.
func (r *Rig) Command(ctx context.Context, binary string, args ...string) error {
	out, err := exec.CommandContext(ctx, binary, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w\n%s", binary, strings.Join(args, " "), err, out)
	}
	return nil
}

// Until polls a condition; nothing that is measured to the millisecond waits by it.
func Until(ctx context.Context, what string, most time.Duration, done func() bool) error {
	deadline := time.Now().Add(most)
	for !done() {
		if time.Now().After(deadline) {
			return fmt.Errorf("waited %s for %s", most, what)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil
}

// Close stops what was started and removes the folder.
func (r *Rig) Close() error {
	var errs []error
	for _, cmd := range r.processes {
		if err := cmd.Process.Signal(syscall.SIGTERM); !errors.Is(err, os.ErrProcessDone) { // Ctrl-C ends it as well
			errs = append(errs, err)
		}
		_ = cmd.Wait() // it was told to stop
	}
	r.processes = nil
	if _, err := os.Stat(r.Cluster); err == nil {
		errs = append(errs, r.Command(context.Background(), "bin/cluster", "down", "--dir", r.Cluster))
	}
	return errors.Join(append(errs, os.RemoveAll(r.Dir))...)
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}
