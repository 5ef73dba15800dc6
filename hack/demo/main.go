// Command demo shows the line from a push to a healthy workload, on a control
// plane of its own or on the cluster of a KUBECONFIG. It starts a Git server and
// the agent, pushes the sample shop, breaks things and prints what happens. Both
// go on running after it; `demo -down` stops what it started.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
)

func main() {
	dir := flag.String("dir", ".demo", "folder for everything that the demo makes")
	down := flag.Bool("down", false, "stop what an earlier demo started and remove its folder")
	yes := flag.Bool("yes", false, "do not ask before using the cluster of KUBECONFIG")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *dir, *down, *yes); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, dir string, down, yes bool) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	s := &stage{dir: dir}
	if down {
		return s.down(ctx)
	}
	if err := s.stopProcesses(); err != nil { // of an earlier demo
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := s.cluster(ctx, yes); err != nil {
		return err
	}
	if err := s.prepare(ctx); err != nil {
		return err
	}
	if err := s.play(ctx); err != nil {
		return fmt.Errorf("%w\nthe agent's log is %s; `make demo-down` clears everything", err, s.path("agent.log"))
	}
	s.farewell()
	return nil
}

// cluster picks the control plane: the person's own after asking, else the
// embedded one.
func (s *stage) cluster(ctx context.Context, yes bool) error {
	if own := os.Getenv("KUBECONFIG"); own != "" {
		current, err := output(ctx, "bin/cluster", "kubectl", "--kubeconfig", own, "config", "current-context")
		if err != nil {
			return fmt.Errorf("KUBECONFIG=%s: %w", own, err)
		}
		if !yes && !confirm(fmt.Sprintf("Use the cluster %q of your KUBECONFIG? It gets the namespace shop and spotguide's roles. [y/N] ", strings.TrimSpace(current))) {
			return errors.New("not used; unset KUBECONFIG for an embedded control plane")
		}
		s.kubeconfig = own
		return nil
	}
	s.embedded = true
	clusterDir := s.path("cluster")
	if err := visibly(ctx, "bin/cluster", "up", "--dir", clusterDir, "--nodes", "simulated:3"); err != nil {
		return fmt.Errorf("start the embedded control plane: %w", err)
	}
	path, err := output(ctx, "bin/cluster", "kubeconfig", "--dir", clusterDir)
	s.kubeconfig = strings.TrimSpace(path)
	return err
}

func confirm(question string) bool {
	fmt.Print(question)
	answer, err := bufio.NewReader(os.Stdin).ReadString('\n')
	return err == nil && strings.HasPrefix(strings.ToLower(answer), "y")
}

func visibly(ctx context.Context, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return cmd.Run()
}

func output(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	var failure strings.Builder
	cmd.Stderr = &failure
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(failure.String()))
	}
	return string(out), nil
}
