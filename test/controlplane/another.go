package controlplane

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Another starts a second cluster, of the test's own, and returns the path of its
// kubeconfig. It ends with the test.
func Another(t testing.TB) string {
	t.Helper()
	Kubeconfig(t) // tells what is not built
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	binary, dir := filepath.Join(root, "bin", "cluster"), filepath.Join(t.TempDir(), "cluster")
	t.Cleanup(func() {
		if out, err := exec.Command(binary, "down", "--dir", dir).CombinedOutput(); err != nil {
			t.Errorf("cluster down: %v\n%s", err, out)
		}
	})
	if out, err := exec.Command(binary, "up", "--dir", dir, "--nodes", "simulated:1").CombinedOutput(); err != nil {
		t.Fatalf("another cluster up: %v\n%s", err, out)
	}
	out, err := exec.Command(binary, "kubeconfig", "--dir", dir).Output()
	if err != nil {
		t.Fatalf("another cluster's kubeconfig: %v", err)
	}
	return strings.TrimSpace(string(out))
}
