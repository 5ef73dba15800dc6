package apply_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/spotguide/spotguide/sync/apply"
	"github.com/spotguide/spotguide/sync/inventory"
	"github.com/spotguide/spotguide/test/controlplane"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/yaml"
)

// lab is a namespace with a service account that may edit it, and an applier
// whose requests are counted and can be made to fail.
type lab struct {
	*testing.T
	cfg     *rest.Config
	kube    *kubernetes.Clientset
	ns      string
	store   *inventory.Store
	applier *apply.Applier
	wire    *wire
	owner   inventory.Owner
	opt     apply.Options
}

func newLab(t *testing.T, change ...func(*apply.Config)) *lab {
	t.Helper()
	cfg := controlplane.Config(t)
	l := &lab{T: t, cfg: cfg, wire: &wire{}, ns: controlplane.Namespace(t, cfg, nil)}
	l.kube = kubernetes.NewForConfigOrDie(cfg)
	l.owner = inventory.Owner{Namespace: l.ns, Application: "shop"}
	l.opt = apply.Options{Identity: apply.ServiceAccount(l.ns, "spotguide"), Prune: true}
	l.grant("spotguide", "admin")
	l.restart(change...)
	return l
}

// restart makes a new store and applier, as a new process would.
func (l *lab) restart(change ...func(*apply.Config)) {
	l.Helper()
	mapper, err := apply.NewMapper(l.cfg)
	l.must(err)
	l.store = inventory.NewStore(l.kube.CoreV1())
	parts := apply.Config{Mapper: mapper, Store: l.store, Timeout: 10 * time.Second}
	for _, c := range change {
		c(&parts)
	}
	counted := rest.CopyConfig(l.cfg)
	counted.Wrap(func(next http.RoundTripper) http.RoundTripper { return l.wire.over(next) })
	l.applier, err = apply.New(counted, parts)
	l.must(err)
}

// grant binds a cluster role to a service account within the lab's namespace.
func (l *lab) grant(account, role string) {
	l.Helper()
	_, err := l.kube.CoreV1().ServiceAccounts(l.ns).Create(l.Context(), &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: account}}, metav1.CreateOptions{})
	l.must(err)
	_, err = l.kube.RbacV1().RoleBindings(l.ns).Create(l.Context(), &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: account},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
		Subjects:   []rbacv1.Subject{{Kind: "ServiceAccount", Namespace: l.ns, Name: account}},
	}, metav1.CreateOptions{})
	l.must(err)
}

func (l *lab) must(err error) {
	l.Helper()
	if err != nil {
		l.Fatal(err)
	}
}

// set is one of the lab's owner, from YAML documents.
func (l *lab) set(revision string, documents ...string) apply.Set {
	l.Helper()
	return apply.Set{Owner: l.owner, Revision: revision, Objects: objects(l.T, documents...)}
}

// apply applies and commits.
func (l *lab) apply(set apply.Set) (apply.Result, error) {
	l.Helper()
	result, err := l.applier.Apply(l.Context(), set, l.opt)
	l.must(l.applier.Commit(l.Context(), set.Owner, result.Record))
	return result, err
}

// applied applies what has to succeed.
func (l *lab) applied(set apply.Set) apply.Result {
	l.Helper()
	result, err := l.apply(set)
	l.must(err)
	return result
}

func objects(t testing.TB, documents ...string) []apply.Object {
	t.Helper()
	var all []apply.Object
	for i, document := range documents {
		for part := range strings.SplitSeq(document, "\n---\n") {
			object := map[string]any{}
			if err := yaml.Unmarshal([]byte(part), &object); err != nil {
				t.Fatal(err)
			}
			all = append(all, apply.Object{Unstructured: &unstructured.Unstructured{Object: object}, Origin: fmt.Sprintf("app/%d.yaml:1", i+1)})
		}
	}
	return all
}

// actions of a result as "Kind name: action", in order.
func actions(result apply.Result) []string {
	var all []string
	for _, c := range result.Changes {
		all = append(all, c.Ref.Kind+" "+c.Ref.Name+": "+string(c.Action))
	}
	return all
}

// failure is the only failure in err.
func failure(t testing.TB, err error) *apply.Error {
	t.Helper()
	failures := apply.Failures(err)
	if len(failures) != 1 {
		t.Fatalf("want one failure, have %d: %v", len(failures), err)
	}
	return failures[0]
}

// wire counts requests by "METHOD path" and can cut them off.
type wire struct {
	mu   sync.Mutex
	seen []string
	// cut, when set, decides which requests fail before they are sent and
	// which after.
	cut func(*http.Request) fate
}

type fate int

const (
	pass fate = iota
	lostBefore
	lostAfter
)

var errCut = errors.New("connection cut by the test")

type tap struct {
	*wire
	next http.RoundTripper
}

func (w *wire) over(next http.RoundTripper) http.RoundTripper { return tap{w, next} }

func (t tap) RoundTrip(r *http.Request) (*http.Response, error) {
	t.mu.Lock()
	t.seen = append(t.seen, r.Method+" "+r.URL.Path)
	cut := t.cut
	t.mu.Unlock()
	what := pass
	if cut != nil {
		what = cut(r)
	}
	if what == lostBefore {
		return nil, errCut
	}
	response, err := t.next.RoundTrip(r)
	if what == lostAfter && err == nil {
		response.Body.Close()
		return nil, errCut
	}
	return response, err
}

// take returns the requests since it was last called.
func (w *wire) take() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	seen := w.seen
	w.seen = nil
	return seen
}

func (w *wire) fail(cut func(*http.Request) fate) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.cut = cut
}

const (
	configMap = `
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {colour: blue}`
	secret = `
apiVersion: v1
kind: Secret
metadata: {name: token}
stringData: {password: correct-horse-battery}`
	service = `
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{port: 80}]`
	deployment = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 0
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers: [{name: web, image: "example.org/web:1"}]`
)

func live(l apply.Live) func(*apply.Config) {
	return func(c *apply.Config) { c.Live = l }
}

// eventually waits for what the API server does in its own time.
func (l *lab) eventually(what string, done func() bool) {
	l.Helper()
	err := wait.PollUntilContextTimeout(l.Context(), 10*time.Millisecond, 2*time.Minute, true, func(context.Context) (bool, error) {
		return done(), nil
	})
	if err != nil {
		l.Fatalf("%s: %v", what, err)
	}
}

// deleter is a typed client's way of deleting, dropper a dynamic one's.
type deleter interface {
	Delete(context.Context, string, metav1.DeleteOptions) error
}

type dropper interface {
	Delete(context.Context, string, metav1.DeleteOptions, ...string) error
}

// drop removes a cluster-scoped object when the test has ended.
func (l *lab) drop(from any, name string) {
	var err error
	switch client := from.(type) {
	case deleter:
		err = client.Delete(context.Background(), name, metav1.DeleteOptions{})
	case dropper:
		err = client.Delete(context.Background(), name, metav1.DeleteOptions{})
	}
	if err != nil {
		l.Logf("drop %s: %v", name, err)
	}
}

// patchAfter patches a ConfigMap when the test's context has ended.
func (l *lab) patchAfter(name, patch string) {
	_, err := l.kube.CoreV1().ConfigMaps(l.ns).Patch(context.Background(), name, types.MergePatchType, []byte(patch), metav1.PatchOptions{})
	if err != nil {
		l.Logf("patch %s: %v", name, err)
	}
}
