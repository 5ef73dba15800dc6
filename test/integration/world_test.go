package integration

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/yaml"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/agent/config"
	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/test/controlplane"
	"github.com/spotguide/spotguide/test/gitserver"
)

// patience bounds every wait of a test; nothing takes nearly as long.
const patience = 3 * time.Minute

// worldLabel keeps the agents of parallel tests to their own namespaces.
const worldLabel = "spotguide.test/world"

// world is a Git server and namespaces that only one agent looks at.
type world struct {
	*testing.T
	id         string
	kubeconfig string
	client     kubernetes.Interface
	git        *gitserver.Server
	gitURL     string
	config     config.Config
}

func newWorld(t *testing.T) *world {
	t.Helper()
	t.Parallel()
	w := &world{T: t, kubeconfig: controlplane.Kubeconfig(t)}
	cluster, err := clientcmd.BuildConfigFromFlags("", w.kubeconfig)
	w.must(err)
	cluster.QPS = -1
	w.client, err = kubernetes.NewForConfig(cluster)
	w.must(err)
	w.git, err = gitserver.New(t.TempDir())
	w.must(err)
	server := httptest.NewServer(w.git.Handler(gitserver.HTTP{}))
	t.Cleanup(server.Close)
	w.gitURL = server.URL
	w.id = fmt.Sprintf("w%x", time.Now().UnixNano())
	w.config = config.Default()
	w.config.LeaderElect = false
	w.config.Data = t.TempDir()
	w.config.NamespaceSelector = worldLabel + "=" + w.id
	w.config.Listen = "127.0.0.1:0"
	w.config.Live.AllowHTTP, w.config.Live.AllowPrivate, w.config.Live.LogLevel = true, []string{"127.0.0.1"}, "debug"
	w.role()
	return w
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// role installs what deploy/ gives a namespace's own service account.
func (w *world) role() {
	w.Helper()
	raw, err := os.ReadFile("../../deploy/kustomize/clusterrole-tenant.yaml")
	w.must(err)
	var role rbacv1.ClusterRole
	w.must(yaml.UnmarshalStrict(raw, &role))
	_, err = w.client.RbacV1().ClusterRoles().Create(w.Context(), &role, metav1.CreateOptions{})
	if !apierrors.IsAlreadyExists(err) {
		w.must(err)
	}
}

// repository makes a repository with a first commit and returns its address.
func (w *world) repository(name string, files map[string]string) string {
	w.Helper()
	w.must(w.git.Create(w.Context(), name))
	w.commit(name, "first", files)
	return w.gitURL + "/" + name + ".git"
}

// commit lays files over those of main; gitserver.Removed deletes one.
func (w *world) commit(repository, message string, files map[string]string) string {
	w.Helper()
	hash, err := w.git.Commit(w.Context(), repository, "main", message, files)
	w.must(err)
	return hash
}

// namespace makes a namespace that follows a repository.
func (w *world) namespace(repository string, annotations ...string) string {
	w.Helper()
	all := map[string]string{binding.Repository: repository, binding.Interval: "1h"}
	for i := 0; i+1 < len(annotations); i += 2 {
		all[annotations[i]] = annotations[i+1]
	}
	ns, err := w.client.CoreV1().Namespaces().Create(w.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		GenerateName: "test-", Annotations: all, Labels: map[string]string{worldLabel: w.id},
	}}, metav1.CreateOptions{})
	w.must(err)
	w.Cleanup(func() {
		// The test's own context has ended by now.
		err := w.client.CoreV1().Namespaces().Delete(context.Background(), ns.Name, metav1.DeleteOptions{})
		if err != nil && !apierrors.IsNotFound(err) {
			w.Logf("delete namespace %s: %v", ns.Name, err)
		}
	})
	return ns.Name
}

// annotate sets an annotation, or removes it when the value is empty.
func (w *world) annotate(namespace, key, value string) {
	w.Helper()
	var v *string
	if value != "" {
		v = &value
	}
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": map[string]*string{key: v}}})
	w.must(err)
	_, err = w.client.CoreV1().Namespaces().Patch(w.Context(), namespace, types.MergePatchType, patch, metav1.PatchOptions{})
	w.must(err)
}

// nudge has the agent look at the repository now.
func (w *world) nudge(namespace string) {
	w.Helper()
	w.annotate(namespace, binding.SyncRequestedAt, time.Now().Format(time.RFC3339Nano))
}

// until waits for the namespace's status to be as wanted and returns it.
func (w *world) until(namespace, what string, done func(status.Status) bool) status.Status {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), patience)
	defer cancel()
	events, err := w.client.CoreV1().ConfigMaps(namespace).Watch(ctx, metav1.ListOptions{FieldSelector: "metadata.name=" + status.ConfigMap})
	w.must(err)
	defer events.Stop()
	var last status.Status
	for event := range events.ResultChan() {
		cm, ok := event.Object.(*corev1.ConfigMap)
		if !ok {
			continue
		}
		last = status.Status{}
		w.must(json.Unmarshal([]byte(cm.Data[status.Key]), &last))
		if done(last) {
			return last
		}
	}
	shown, _ := json.MarshalIndent(last, "", "  ")
	w.Fatalf("waited for %s; the status of %s is\n%s", what, namespace, shown)
	return last
}

func (w *world) untilPhase(namespace string, phase status.Phase) status.Status {
	w.Helper()
	return w.until(namespace, "phase "+string(phase), func(s status.Status) bool { return s.Phase == phase })
}

// untilHealthyAt waits until all applications are healthy and one runs a commit.
func (w *world) untilHealthyAt(namespace, commit string) status.Status {
	w.Helper()
	return w.until(namespace, "a healthy "+commit, func(s status.Status) bool {
		return s.Phase == status.Healthy && strings.HasSuffix(s.Revision, commit)
	})
}

// process is a running agent.
type process struct {
	*exec.Cmd
	ended chan struct{}
	log   *logBuffer
}

// agent starts an agent in a process of its own, which the test's end stops.
func (w *world) agent() *process {
	w.Helper()
	return w.agentFor(w.kubeconfig)
}

func (w *world) agentFor(kubeconfig string) *process {
	w.Helper()
	raw, err := json.Marshal(agentConfig{Kubeconfig: kubeconfig, Config: w.config})
	w.must(err)
	p := &process{Cmd: exec.Command(os.Args[0]), ended: make(chan struct{}), log: &logBuffer{}}
	p.Env = append(os.Environ(), agentVariable+"="+string(raw))
	p.Stdout, p.Stderr = p.log, p.log
	w.must(p.Start())
	go func() {
		defer close(p.ended)
		_ = p.Wait() // how it ended is in its log
	}()
	w.Cleanup(func() {
		p.stop(syscall.SIGTERM)
		if w.Failed() {
			w.Logf("the agent's log:\n%s", p.log)
		}
	})
	return p
}

// stop ends the agent and waits for its end.
func (p *process) stop(signal syscall.Signal) {
	_ = p.Process.Signal(signal) // it may have ended by itself
	<-p.ended
}

// logBuffer keeps what an agent prints.
type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
