// Package controlplane gives integration tests a real Kubernetes control plane:
// one for all packages of a run, started on first use by bin/cluster and left
// running for the next package. `make test` stops it at the end.
package controlplane

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// Kubeconfig starts the shared control plane if it is not running yet and
// returns the path of its kubeconfig. SPOTGUIDE_TEST_KUBECONFIG names another
// cluster to test on.
func Kubeconfig(t testing.TB) string {
	t.Helper()
	if path := os.Getenv("SPOTGUIDE_TEST_KUBECONFIG"); path != "" {
		return path
	}
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(root, "bin", "cluster")
	if _, err := os.Stat(binary); err != nil {
		t.Fatalf("the embedded control plane is not built (%v): run `make bin/cluster` first", err)
	}
	dir := filepath.Join(root, ".cluster", "test")
	// The cluster outlives this process on purpose: the next package uses it.
	up := exec.Command(binary, "up", "--dir", dir, "--nodes", "simulated:3")
	if out, err := up.CombinedOutput(); err != nil {
		t.Fatalf("cluster up: %v\n%s", err, out)
	}
	out, err := exec.Command(binary, "kubeconfig", "--dir", dir).Output()
	if err != nil {
		t.Fatalf("cluster kubeconfig: %v", err)
	}
	return strings.TrimSpace(string(out))
}

// Config is Kubeconfig as a client configuration without a rate limit.
func Config(t testing.TB) *rest.Config {
	t.Helper()
	cfg, err := clientcmd.BuildConfigFromFlags("", Kubeconfig(t))
	if err != nil {
		t.Fatalf("read kubeconfig: %v", err)
	}
	cfg.QPS = -1
	return cfg
}

// Namespace makes a namespace of the test's own with the given annotations and
// deletes it when the test ends.
func Namespace(t testing.TB, cfg *rest.Config, annotations map[string]string) string {
	t.Helper()
	client, err := kubernetes.NewForConfig(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ns, err := client.CoreV1().Namespaces().Create(t.Context(), &corev1.Namespace{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "test-", Annotations: annotations},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatalf("create namespace: %v", err)
	}
	t.Cleanup(func() {
		// The test's own context has ended by now.
		err := client.CoreV1().Namespaces().Delete(context.Background(), ns.Name, metav1.DeleteOptions{})
		if err != nil {
			t.Logf("delete namespace %s: %v", ns.Name, err)
		}
	})
	return ns.Name
}

// moduleRoot is the folder of the main module's go.mod.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find module root: %w", err)
	}
	for ; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
	}
	return "", errors.New("find module root: no go.mod above the test")
}
