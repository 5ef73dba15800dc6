package main

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

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// workers of the floor.
const workers = 16

// field is where one size is measured: a control plane, a Git server and the
// agent, all of its own.
type field struct {
	dir, cluster, worktree string
	n                      int
	kubeconfig             string
	client                 kubernetes.Interface
	git, agentAddress      string
	agent                  *exec.Cmd
	processes              []*exec.Cmd
	version                int // what the applications' files say now
}

// newField sets everything up but the agent. On an error the field may be half
// there; close clears it.
func newField(ctx context.Context, dir string, n int) (*field, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	f := &field{dir: dir, cluster: filepath.Join(dir, "cluster"), worktree: filepath.Join(dir, "worktree"), n: n}
	if err := f.close(); err != nil { // of an earlier run that was killed
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	if err := f.command(ctx, "bin/cluster", "up", "--dir", f.cluster, "--nodes", "none"); err != nil {
		return f, err
	}
	out, err := exec.CommandContext(ctx, "bin/cluster", "kubeconfig", "--dir", f.cluster).Output()
	if err != nil {
		return f, fmt.Errorf("cluster kubeconfig: %w", err)
	}
	f.kubeconfig = strings.TrimSpace(string(out))
	cfg, err := clientcmd.BuildConfigFromFlags("", f.kubeconfig)
	if err != nil {
		return f, err
	}
	cfg.QPS = -1
	if f.client, err = kubernetes.NewForConfig(cfg); err != nil {
		return f, err
	}
	if err := f.command(ctx, "bin/cluster", "kubectl", "--kubeconfig", f.kubeconfig, "apply", "--server-side", "-f", "deploy/kustomize/clusterrole-tenant.yaml"); err != nil {
		return f, err
	}
	return f, f.repository(ctx)
}

// repository makes the bare repository and its clone, and serves it.
func (f *field) repository(ctx context.Context) error {
	var err error
	if f.git, err = freeAddress(); err != nil {
		return err
	}
	if f.agentAddress, err = freeAddress(); err != nil {
		return err
	}
	bare := filepath.Join(f.dir, "repositories", "apps.git")
	for _, args := range [][]string{
		{"init", "-q", "--bare", "-b", "main", bare},
		{"init", "-q", "-b", "main", f.worktree},
		{"-C", f.worktree, "config", "user.name", "bench"},
		{"-C", f.worktree, "config", "user.email", "bench@example.com"},
		{"-C", f.worktree, "remote", "add", "origin", bare},
	} {
		if err := f.command(ctx, "git", args...); err != nil {
			return err
		}
	}
	if err := os.WriteFile(f.secret(), []byte("bench"), 0o600); err != nil {
		return err
	}
	return f.start("gitserver", "bin/gitserver", "--dir", filepath.Join(f.dir, "repositories"), "--listen", f.git)
}

func (f *field) secret() string { return filepath.Join(f.dir, "secret") }

func (f *field) url() string { return "http://" + f.git + "/apps.git" }

// startAgent starts the agent and waits until it is ready.
func (f *field) startAgent(ctx context.Context) error {
	err := f.start("agent", "bin/spotguide", "agent", "--kubeconfig", f.kubeconfig, "--leader-elect=false",
		"--data", filepath.Join(f.dir, "mirrors"), "--listen", f.agentAddress, "--allow-http", "--allow-private", "127.0.0.1",
		"--webhook-secret-file", f.secret())
	if err != nil {
		return err
	}
	f.agent = f.processes[len(f.processes)-1]
	return f.until(ctx, "the agent to be ready", 30*time.Second, func() bool {
		_, err := get(ctx, "http://"+f.agentAddress+"/readyz")
		return err == nil
	})
}

// namespaces makes n namespaces with a prefix; bound ones follow their folder.
func (f *field) namespaces(ctx context.Context, prefix string, bound bool) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(workers)
	for i := range f.n {
		group.Go(func() error {
			ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name(prefix, i)}}
			if bound {
				ns.Annotations = map[string]string{
					"spotguide.dev/repository": f.url(), "spotguide.dev/path": "apps/" + name("app", i), "spotguide.dev/interval": "1h",
				}
			}
			_, err := f.client.CoreV1().Namespaces().Create(ctx, ns, metav1.CreateOptions{})
			return err
		})
	}
	return group.Wait()
}

func name(prefix string, i int) string { return fmt.Sprintf("%s-%04d", prefix, i) }

func (f *field) start(what, binary string, args ...string) error {
	log, err := os.Create(filepath.Join(f.dir, what+".log"))
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(binary, args...)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", what, err)
	}
	f.processes = append(f.processes, cmd)
	return nil
}

func (f *field) command(ctx context.Context, binary string, args ...string) error {
	out, err := exec.CommandContext(ctx, binary, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w\n%s", binary, strings.Join(args, " "), err, out)
	}
	return nil
}

// until polls a condition; nothing that is measured waits by it.
func (f *field) until(ctx context.Context, what string, most time.Duration, done func() bool) error {
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

// close stops what was started and removes the folder.
func (f *field) close() error {
	var errs []error
	for _, cmd := range f.processes {
		errs = append(errs, cmd.Process.Signal(syscall.SIGTERM))
		_ = cmd.Wait() // it was told to stop
	}
	f.processes = nil
	if _, err := os.Stat(f.cluster); err == nil {
		errs = append(errs, f.command(context.Background(), "bin/cluster", "down", "--dir", f.cluster))
	}
	return errors.Join(append(errs, os.RemoveAll(f.dir))...)
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}
