// Package test runs the built program as its users do.
package test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// cluster is one cluster in a folder of the test's own.
type cluster struct {
	t   *testing.T
	dir string
}

// program is what build.sh built, or $CLUSTER.
func program(t *testing.T) string {
	t.Helper()
	path := os.Getenv("CLUSTER")
	if path == "" {
		path = "../../../bin/cluster"
	}
	path, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		t.Fatalf("%s is not built yet: run hack/cluster/build.sh", path)
	}
	return path
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	// t.TempDir's path can be too long for a real node's sockets
	parent, err := os.MkdirTemp("", "cluster")
	if err != nil {
		t.Fatal(err)
	}
	c := &cluster{t: t, dir: filepath.Join(parent, "c")}
	t.Cleanup(func() {
		if t.Failed() {
			out, _ := c.run("status")
			t.Logf("status:\n%s", out)
		}
		if out, err := c.run("down"); err != nil {
			t.Errorf("down: %v\n%s", err, out)
		}
		os.RemoveAll(parent)
	})
	return c
}

// step is a part of a test, with its own name and its own end.
func (c *cluster) step(name string, do func(*cluster)) {
	c.t.Run(name, func(t *testing.T) { do(&cluster{t: t, dir: c.dir}) })
}

// run runs a command and returns what it printed.
func (c *cluster) run(args ...string) (string, error) {
	cmd := exec.Command(program(c.t), append([]string{args[0], "--dir", c.dir}, args[1:]...)...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

// must is run where a failure ends the test.
func (c *cluster) must(args ...string) string {
	c.t.Helper()
	out, err := c.run(args...)
	if err != nil {
		c.t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

func (c *cluster) kubectl(args ...string) string {
	c.t.Helper()
	return c.must(append([]string{"kubectl"}, args...)...)
}

func (c *cluster) apply(manifest string) {
	c.t.Helper()
	file := filepath.Join(c.t.TempDir(), "manifest.yaml")
	if err := os.WriteFile(file, []byte(manifest), 0o644); err != nil {
		c.t.Fatal(err)
	}
	c.kubectl("apply", "-f", file)
}

// eventually asks kubectl until its answer is as wanted.
func (c *cluster) eventually(want func(string) bool, args ...string) {
	c.t.Helper()
	var out string
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		out, _ = c.run(append([]string{"kubectl"}, args...)...)
		if want(out) {
			return
		}
	}
	c.t.Fatalf("kubectl %s: in the end:\n%s", strings.Join(args, " "), out)
}

// is and holds are wishes for eventually.
func is(want string) func(string) bool { return func(out string) bool { return out == want } }
func holds(want string) func(string) bool {
	return func(out string) bool { return strings.Contains(out, want) }
}

// processes lists those that have the cluster's folder in their command line.
func (c *cluster) processes() []string {
	c.t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		c.t.Fatal(err)
	}
	var found []string
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err == nil && bytes.Contains(data, []byte(c.dir+"/")) {
			found = append(found, strings.ReplaceAll(string(data), "\x00", " "))
		}
	}
	return found
}
