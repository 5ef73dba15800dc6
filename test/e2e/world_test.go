//go:build e2e

package e2e

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/hack/deploy/chart"
	"github.com/spotguide/spotguide/test/gitserver"
)

const (
	root      = "../.."
	system    = "spotguide-system" // the agent's namespace
	patience  = 10 * time.Minute   // bounds every wait; only builds on a busy machine take nearly as long
	namespace = "shop"
)

// world is a cluster with a real node and a Git server that its pods can reach.
type world struct {
	*testing.T
	client  kubernetes.Interface
	git     *gitserver.Server
	address string // host of this machine as pods see it
	gitURL  string
}

// newWorld starts a fresh cluster and the Git server.
func newWorld(t *testing.T) *world { t.Helper(); return newWorldOf(t, 1) }

// newWorldOf is newWorld with more real nodes.
func newWorldOf(t *testing.T, nodes int) *world {
	t.Helper()
	w := &world{T: t}
	w.cluster("down")
	w.cluster("up", "--nodes", fmt.Sprintf("real:%d", nodes), "--install")
	cfg, err := clientcmd.BuildConfigFromFlags("", strings.TrimSpace(w.cluster("kubeconfig")))
	w.must(err)
	w.client, err = kubernetes.NewForConfig(cfg)
	w.must(err)
	seen := regexp.MustCompile(`as real nodes' pods see it: (\S+)`).FindStringSubmatch(w.cluster("status"))
	if seen == nil {
		t.Fatal("cluster status does not tell this machine's address")
	}
	w.address = seen[1]
	w.git, err = gitserver.New(t.TempDir())
	w.must(err)
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", net.JoinHostPort(w.address, "0"))
	w.must(err)
	server := &http.Server{Handler: w.git.Handler(gitserver.HTTP{}), ReadHeaderTimeout: time.Minute}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		_ = server.Close()
		<-served
	})
	w.gitURL = "http://" + listener.Addr().String()
	return w
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// clusterDir is where the tests' cluster lives. Runs side by side need one each.
func clusterDir() string {
	return cmp.Or(os.Getenv("CLUSTER_DIR"), filepath.Join(root, ".cluster", "e2e"))
}

// cluster runs bin/cluster on the tests' cluster and returns what it prints.
func (w *world) cluster(command string, args ...string) string {
	w.Helper()
	return w.run("", append([]string{command, "--dir", clusterDir()}, args...)...)
}

// kubectl runs the cluster's kubectl.
func (w *world) kubectl(stdin string, args ...string) string {
	w.Helper()
	return w.run(stdin, append([]string{"kubectl", "--dir", clusterDir()}, args...)...)
}

func (w *world) run(stdin string, args ...string) string {
	w.Helper()
	cmd := exec.CommandContext(w.Context(), filepath.Join(root, "bin", "cluster"), args...)
	cmd.Stdin = strings.NewReader(stdin)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Run(); err != nil {
		w.Fatalf("cluster %s: %v\n%s%s", strings.Join(args, " "), err, &out, &errOut)
	}
	return out.String()
}

// install deploys the agent from its image and its chart, as a person would.
func (w *world) install() { w.Helper(); w.installWith(nil) }

// installWith is install with more of the chart's values.
func (w *world) installWith(more map[string]any) {
	w.Helper()
	w.cluster("load-image", filepath.Join(root, "bin", "spotguide.tar"))
	_, port, err := net.SplitHostPort(strings.TrimPrefix(w.gitURL, "http://"))
	w.must(err)
	var egress int
	_, err = fmt.Sscan(port, &egress)
	w.must(err)
	values := map[string]any{
		"namespace":     map[string]any{"create": true},
		"config":        map[string]any{"allowHTTP": true, "allowPrivate": []any{w.address}, "logLevel": "debug"},
		"networkPolicy": map[string]any{"egressPorts": []any{443, 6443, egress}},
	}
	maps.Copy(values, more)
	files, err := chart.Render(filepath.Join(root, "deploy", "chart"), "spotguide", system, values)
	w.must(err)
	var manifest strings.Builder
	for _, f := range files {
		if f.Name != "NOTES.txt" {
			manifest.WriteString("---\n" + f.Content)
		}
	}
	// The namespace has to be there before what is in it.
	w.kubectl(`{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"`+system+`"}}`, "apply", "--server-side", "-f", "-")
	w.kubectl(manifest.String(), "apply", "--server-side", "--force-conflicts", "-f", "-")
	w.Cleanup(w.explain)
	w.kubectl("", "rollout", "status", "deployment/spotguide", "-n", system, "--timeout", "10m")
}

// explain shows what the agent said when the test has failed.
func (w *world) explain() {
	if !w.Failed() {
		return
	}
	for _, args := range [][]string{
		{"logs", "-n", system, "-l", "app.kubernetes.io/name=spotguide", "--tail", "60", "--prefix"},
		{"get", "pods,events", "-A", "-o", "wide"},
		{"get", "namespace", namespace, "-o", "yaml"},
		{"logs", "-n", "spotguide-builds", "-l", "app.kubernetes.io/component=build", "--tail", "40", "--prefix"},
	} {
		cmd := exec.CommandContext(context.Background(), filepath.Join(root, "bin", "cluster"),
			append([]string{"kubectl", "--dir", clusterDir()}, args...)...)
		out, _ := cmd.CombinedOutput()
		w.Logf("%s:\n%s", strings.Join(args, " "), out)
	}
}

// commit lays files over those of main and returns the commit.
func (w *world) commit(message string, files map[string]string) string {
	w.Helper()
	hash, err := w.git.Commit(w.Context(), "shop", "main", message, files)
	w.must(err)
	return hash
}

// follow makes the namespace follow the repository.
func (w *world) follow() {
	w.Helper()
	_, err := w.client.CoreV1().Namespaces().Create(w.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		Name: namespace,
		Annotations: map[string]string{
			binding.Repository: w.gitURL + "/shop.git", binding.Interval: "5s",
		},
	}}, metav1.CreateOptions{})
	w.must(err)
}

// until waits for a condition; what says it in words.
func (w *world) until(what string, condition func(context.Context) bool) {
	w.Helper()
	start := time.Now()
	err := wait.PollUntilContextTimeout(w.Context(), 100*time.Millisecond, patience, true,
		func(ctx context.Context) (bool, error) { return condition(ctx), nil })
	if err != nil {
		w.Fatalf("wait until %s: %v", what, err)
	}
	w.Logf("%5.1fs until %s", time.Since(start).Seconds(), what)
}

// status is what the agent says of the namespace.
func (w *world) status(ctx context.Context) status.Status {
	w.Helper()
	var s status.Status
	m, err := w.client.CoreV1().ConfigMaps(namespace).Get(ctx, status.ConfigMap, metav1.GetOptions{})
	if err != nil {
		return s
	}
	if err := json.Unmarshal([]byte(m.Data[status.Key]), &s); err != nil {
		w.Errorf("status: %v", err)
	}
	return s
}

// answer is what a Service of the namespace answers over HTTP, "" when it does
// not.
func (w *world) answer(ctx context.Context, service string) string {
	w.Helper()
	s, err := w.client.CoreV1().Services(namespace).Get(ctx, service, metav1.GetOptions{})
	if err != nil {
		return ""
	}
	address := fmt.Sprintf("http://%s/", net.JoinHostPort(s.Spec.ClusterIP, fmt.Sprint(s.Spec.Ports[0].Port)))
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	w.must(err)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return ""
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	return string(body)
}
