package drift_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/spotguide/spotguide/sync/drift"
	"github.com/spotguide/spotguide/sync/inventory"
	"github.com/spotguide/spotguide/test/controlplane"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"sigs.k8s.io/yaml"
)

const (
	configMap = `
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {colour: blue, size: large}`
	deployment = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      tolerations: [{operator: Exists}]
      containers: [{name: web, image: "example.org/web:1"}]`
)

// lab applies objects as the agent does and watches them.
type lab struct {
	*testing.T
	cfg    *rest.Config
	kube   *kubernetes.Clientset
	mapper meta.ResettableRESTMapper
	ns     string
	owner  inventory.Owner
	*told
	watcher *drift.Watcher
}

// told are the owners that a watcher told of.
type told struct {
	mu     sync.Mutex
	owners []inventory.Owner
}

func (t *told) notify(owner inventory.Owner) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.owners = append(t.owners, owner)
}

func (t *told) take() []inventory.Owner {
	t.mu.Lock()
	defer t.mu.Unlock()
	owners := t.owners
	t.owners = nil
	return owners
}

func newLab(t *testing.T) *lab {
	t.Helper()
	cfg := controlplane.Config(t)
	l := &lab{T: t, cfg: cfg, kube: kubernetes.NewForConfigOrDie(cfg), ns: controlplane.Namespace(t, cfg, nil)}
	l.mapper = restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(discovery.NewDiscoveryClientForConfigOrDie(cfg)))
	l.owner = inventory.Owner{Namespace: l.ns, Application: "shop"}
	l.told = new(told)
	l.watcher = l.watch(cfg, l.notify)
	return l
}

// watch starts a watcher that stops with the test.
func (l *lab) watch(cfg *rest.Config, notify func(inventory.Owner)) *drift.Watcher {
	l.Helper()
	w, err := drift.New(cfg, l.mapper, notify, slog.New(slog.DiscardHandler))
	l.must(err)
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan error)
	go func() { stopped <- w.Run(ctx) }()
	l.Cleanup(func() {
		cancel()
		if err := <-stopped; err != nil {
			l.Error(err)
		}
	})
	return w
}

func (l *lab) must(err error) {
	l.Helper()
	if err != nil {
		l.Fatal(err)
	}
}

// apply is the agent's apply.
func (l *lab) apply(document string) inventory.Entry {
	l.Helper()
	object := new(unstructured.Unstructured)
	l.must(yaml.Unmarshal([]byte(document), &object.Object))
	object.SetNamespace(l.ns)
	object.SetLabels(map[string]string{inventory.LabelApplication: l.owner.Application, inventory.LabelNamespace: l.ns})
	gvk := object.GroupVersionKind()
	mapping, err := l.mapper.RESTMapping(gvk.GroupKind(), gvk.Version)
	l.must(err)
	client, err := dynamic.NewForConfig(l.cfg)
	l.must(err)
	live, err := client.Resource(mapping.Resource).Namespace(l.ns).Apply(l.Context(), object.GetName(), object,
		metav1.ApplyOptions{FieldManager: inventory.Manager, Force: true})
	l.must(err)
	return inventory.Entry{
		Ref:    inventory.Ref{Group: gvk.Group, Version: gvk.Version, Kind: gvk.Kind, Namespace: l.ns, Name: object.GetName()},
		Digest: "d", Fields: inventory.Fingerprint(live.GetManagedFields()), ResourceVersion: live.GetResourceVersion(),
	}
}

// seen waits until the watch shows the object at least at the entry's version.
func (l *lab) seen(w *drift.Watcher, entry inventory.Entry) drift.Seen {
	l.Helper()
	var s drift.Seen
	l.eventually("the watch shows "+entry.Ref.String(), func() bool {
		var known bool
		s, known = w.Get(entry.Ref)
		return known && !s.Deleted && len(drift.Compare([]inventory.Entry{entry}, w.Get)) == 0 && s.Fields == entry.Fields
	})
	return s
}

// drifted waits until the entry is reported.
func (l *lab) drifted(w *drift.Watcher, entry inventory.Entry) drift.Report {
	l.Helper()
	var reports []drift.Report
	l.eventually("drift of "+entry.Ref.String(), func() bool {
		reports = drift.Compare([]inventory.Entry{entry}, w.Get)
		return len(reports) == 1
	})
	if w.Untouched(entry) {
		l.Errorf("%s drifted and is untouched", entry.Ref)
	}
	return reports[0]
}

func (l *lab) eventually(what string, done func() bool) {
	l.Helper()
	err := wait.PollUntilContextTimeout(l.Context(), 2*time.Millisecond, 2*time.Minute, true, func(context.Context) (bool, error) {
		return done(), nil
	})
	if err != nil {
		l.Fatalf("%s: %v", what, err)
	}
}

var byHand = metav1.PatchOptions{FieldManager: "kubectl-edit"}

func (l *lab) edit(patch string) string {
	l.Helper()
	m, err := l.kube.CoreV1().ConfigMaps(l.ns).Patch(l.Context(), "settings", types.MergePatchType, []byte(patch), byHand)
	l.must(err)
	return m.ResourceVersion
}

func managers(hands []drift.Hand) []string {
	var names []string
	for _, h := range hands {
		names = append(names, h.Manager)
	}
	return names
}

func TestForeignHands(t *testing.T) {
	cases := map[string]struct {
		patch  string
		kind   drift.Kind
		fields []string
		hands  []string
	}{
		"a value changed":   {`{"data":{"colour":"pink"}}`, drift.Changed, []string{".data.colour"}, []string{"kubectl-edit"}},
		"a field removed":   {`{"data":{"colour":null}}`, drift.Changed, []string{".data.colour"}, nil},
		"all removed":       {`{"data":null}`, drift.Changed, []string{".data.colour", ".data.size"}, nil},
		"one of each":       {`{"data":{"colour":"pink","size":null}}`, drift.Changed, []string{".data.colour", ".data.size"}, []string{"kubectl-edit"}},
		"our label changed": {`{"metadata":{"labels":{"spotguide.dev/namespace":"x"}}}`, drift.Changed, []string{`.metadata.labels.spotguide.dev/namespace`}, []string{"kubectl-edit"}},
		"our label removed": {`{"metadata":{"labels":{"spotguide.dev/application":null}}}`, drift.Deleted, nil, nil},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			entry := l.apply(configMap)
			l.must(l.watcher.Sync(t.Context(), entry.Ref))
			l.seen(l.watcher, entry)
			l.eventually("the first sight is told", func() bool { return slices.Contains(l.take(), l.owner) })

			l.edit(c.patch)
			report := l.drifted(l.watcher, entry)
			if report.Kind != c.kind {
				t.Errorf("kind %s, want %s", report.Kind, c.kind)
			}
			if diff := cmp.Diff(c.fields, report.Fields); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.hands, managers(report.Hands)); diff != "" {
				t.Errorf("hands (-want +got):\n%s", diff)
			}
			l.eventually("the owner is told", func() bool { return slices.Contains(l.take(), l.owner) })

			again := l.apply(configMap)
			s := l.seen(l.watcher, again)
			if s.Owner != l.owner {
				t.Errorf("owner after restoring: %v", s.Owner)
			}
		})
	}
}

func TestDeleted(t *testing.T) {
	l := newLab(t)
	for _, document := range []string{configMap, deployment} {
		entry := l.apply(document)
		l.must(l.watcher.Sync(t.Context(), entry.Ref))
		l.seen(l.watcher, entry)
		if entry.Kind == "ConfigMap" {
			l.must(l.kube.CoreV1().ConfigMaps(l.ns).Delete(t.Context(), entry.Name, metav1.DeleteOptions{}))
		} else {
			l.must(l.kube.AppsV1().Deployments(l.ns).Delete(t.Context(), entry.Name, metav1.DeleteOptions{}))
		}
		if report := l.drifted(l.watcher, entry); report.Kind != drift.Deleted {
			t.Errorf("%s: %s", entry.Ref, report.Kind)
		}
		l.eventually("the owner is told", func() bool { return slices.Contains(l.take(), l.owner) })
	}
}

// What is not ours to keep is nobody's drift.
func TestNoDrift(t *testing.T) {
	l := newLab(t)
	entry := l.apply(configMap)
	elastic := l.apply(strings.Replace(deployment, "  replicas: 1\n", "", 1))
	l.must(l.watcher.Sync(t.Context(), entry.Ref, elastic.Ref))
	l.seen(l.watcher, entry)
	l.seen(l.watcher, elastic)

	version := l.edit(`{"metadata":{"annotations":{"note":"x"},"labels":{"team":"a"}},"data":{"mine":"too"}}`)
	deployments := l.kube.AppsV1().Deployments(l.ns)
	scaled, err := deployments.Patch(t.Context(), "web", types.MergePatchType, []byte(`{"spec":{"replicas":2}}`),
		metav1.PatchOptions{FieldManager: "horizontal-pod-autoscaler"}, "scale")
	l.must(err)
	reach := func(ref inventory.Ref, version string) {
		l.eventually("the watch gets to "+version, func() bool {
			s, _ := l.watcher.Get(ref)
			return s.ResourceVersion >= version && len(s.ResourceVersion) >= len(version)
		})
	}
	reach(entry.Ref, version)
	reach(elastic.Ref, scaled.ResourceVersion)
	l.eventually("the status is reported", func() bool {
		s, _ := l.watcher.Get(elastic.Ref)
		return s.Health == "Current"
	})
	for _, e := range []inventory.Entry{entry, elastic} {
		if reports := drift.Compare([]inventory.Entry{e}, l.watcher.Get); len(reports) > 0 || !l.watcher.Untouched(e) {
			t.Errorf("%s: %+v", e.Ref, reports)
		}
	}
	s, _ := l.watcher.Get(entry.Ref)
	if diff := cmp.Diff([]string{"kubectl-edit"}, managers(s.Foreign)); diff != "" {
		t.Errorf("foreign: %s", diff)
	}

	// The same scaling of replicas that are ours is drift.
	fixed := l.apply(deployment)
	l.seen(l.watcher, fixed)
	_, err = deployments.Patch(t.Context(), "web", types.MergePatchType, []byte(`{"spec":{"replicas":3}}`),
		metav1.PatchOptions{FieldManager: "somebody"}, "scale")
	l.must(err)
	report := l.drifted(l.watcher, fixed)
	if !slices.Equal(report.Fields, []string{".spec.replicas"}) || !slices.Equal(managers(report.Hands), []string{"somebody"}) {
		t.Errorf("%+v", report)
	}
}

// Our own applies wake nobody and are no drift, and what was lost before is
// forgotten.
func TestOwnApplies(t *testing.T) {
	l := newLab(t)
	entry := l.apply(configMap)
	l.must(l.watcher.Sync(t.Context(), entry.Ref))
	l.seen(l.watcher, entry)
	l.eventually("the first sight is told", func() bool { return slices.Contains(l.take(), l.owner) })
	for _, colour := range []string{"green", "red", "black"} {
		next := l.apply(strings.Replace(configMap, "blue", colour, 1))
		l.eventually("the watch shows the apply", func() bool {
			s, _ := l.watcher.Get(next.Ref)
			return s.ResourceVersion == next.ResourceVersion
		})
		if reports := drift.Compare([]inventory.Entry{entry, next}, l.watcher.Get); len(reports) > 0 {
			t.Errorf("own apply: %+v", reports)
		}
	}
	if told := l.take(); slices.Contains(told, l.owner) {
		t.Errorf("own applies woke %v", told)
	}
}

func TestRestart(t *testing.T) {
	l := newLab(t)
	untouched, edited := l.apply(strings.Replace(configMap, "settings", "other", 1)), l.apply(configMap)
	l.edit(`{"data":{"colour":"pink"}}`)

	second := new(told)
	w := l.watch(l.cfg, second.notify)
	l.must(w.Sync(t.Context(), untouched.Ref))
	reports := drift.Compare([]inventory.Entry{untouched, edited}, w.Get)
	if len(reports) != 1 || reports[0].Ref != edited.Ref || !slices.Equal(managers(reports[0].Hands), []string{"kubectl-edit"}) {
		t.Errorf("after a restart: %+v", reports)
	}
	if !w.Untouched(untouched) || w.Untouched(edited) {
		t.Error("untouched is wrong after a restart")
	}
	l.eventually("the owner is told on the first sync", func() bool { return slices.Contains(second.take(), l.owner) })
}

// A cut connection is resumed, and what happened meanwhile is seen.
func TestWatchIsCut(t *testing.T) {
	l := newLab(t)
	line := new(line)
	cfg := rest.CopyConfig(l.cfg)
	cfg.Wrap(line.over)
	w := l.watch(cfg, func(inventory.Owner) {})
	first, second := l.apply(configMap), l.apply(deployment)
	l.must(w.Sync(t.Context(), first.Ref, second.Ref))
	l.seen(w, first)
	l.seen(w, second)
	line.cut()
	l.edit(`{"data":{"colour":"pink"}}`)
	l.must(l.kube.AppsV1().Deployments(l.ns).Delete(t.Context(), "web", metav1.DeleteOptions{}))
	if report := l.drifted(w, first); report.Kind != drift.Changed {
		t.Errorf("%+v", report)
	}
	if report := l.drifted(w, second); report.Kind != drift.Deleted {
		t.Errorf("%+v", report)
	}
}

// line cuts the watches that run.
type line struct {
	mu    sync.Mutex
	calls []context.CancelCauseFunc
}

func (c *line) over(next http.RoundTripper) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		ctx, cancel := context.WithCancelCause(r.Context())
		c.mu.Lock()
		c.calls = append(c.calls, cancel)
		c.mu.Unlock()
		return next.RoundTrip(r.WithContext(ctx))
	})
}

func (c *line) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, cancel := range c.calls {
		cancel(errors.New("cut by the test"))
	}
	c.calls = nil
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A kind that may not be watched is told; the others go on.
func TestForbiddenKind(t *testing.T) {
	l := newLab(t)
	roles := l.kube.RbacV1()
	_, err := roles.ClusterRoles().Create(t.Context(), &rbacv1.ClusterRole{
		ObjectMeta: metav1.ObjectMeta{Name: l.ns},
		Rules:      []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"configmaps"}, Verbs: []string{"list", "watch"}}},
	}, metav1.CreateOptions{})
	l.must(err)
	_, err = roles.ClusterRoleBindings().Create(t.Context(), &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: l.ns},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: l.ns},
		Subjects:   []rbacv1.Subject{{Kind: "ServiceAccount", Namespace: l.ns, Name: "narrow"}},
	}, metav1.CreateOptions{})
	l.must(err)
	t.Cleanup(func() {
		_ = roles.ClusterRoleBindings().Delete(context.Background(), l.ns, metav1.DeleteOptions{})
		_ = roles.ClusterRoles().Delete(context.Background(), l.ns, metav1.DeleteOptions{})
	})
	_, err = l.kube.CoreV1().ServiceAccounts(l.ns).Create(t.Context(), &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "narrow"}}, metav1.CreateOptions{})
	l.must(err)

	log := new(lines)
	cfg := rest.CopyConfig(l.cfg)
	cfg.Impersonate.UserName = "system:serviceaccount:" + l.ns + ":narrow"
	w, err := drift.New(cfg, l.mapper, func(inventory.Owner) {}, slog.New(slog.NewJSONHandler(log, nil)))
	l.must(err)
	ctx, cancel := context.WithCancel(t.Context())
	var run sync.WaitGroup
	run.Go(func() { _ = w.Run(ctx) })
	defer run.Wait()
	defer cancel()
	settings, web := l.apply(configMap), l.apply(deployment)
	gadget := inventory.Ref{Group: "example.org", Version: "v1", Kind: "Gadget", Name: "g"}
	l.must(w.Sync(t.Context(), settings.Ref, web.Ref, gadget))
	l.seen(w, settings)
	for _, ref := range []inventory.Ref{web.Ref, gadget} {
		if s, known := w.Get(ref); known {
			t.Errorf("%s is known: %+v", ref, s)
		}
	}
	for _, kind := range []string{"Deployment.apps", "Gadget.example.org"} {
		if n := log.count(kind); n != 1 {
			t.Errorf("%s is told %d times", kind, n)
		}
	}
}

// lines are a log's lines.
type lines struct {
	mu  sync.Mutex
	all []map[string]any
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var line map[string]any
	if err := json.Unmarshal(p, &line); err != nil {
		return 0, err
	}
	l.all = append(l.all, line)
	return len(p), nil
}

func (l *lines) count(kind string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, line := range l.all {
		if line["msg"] == "kind cannot be watched for drift" && line["kind"] == kind {
			n++
		}
	}
	return n
}

// Health follows the object's status, in a watch that tells of changes once.
func TestHealth(t *testing.T) {
	l := newLab(t)
	var calls atomic.Int64
	w := l.watch(l.cfg, func(inventory.Owner) { calls.Add(1) })
	entry := l.apply(deployment)
	l.must(w.Sync(t.Context(), entry.Ref))
	l.eventually("the Deployment is Current", func() bool {
		s, _ := w.Get(entry.Ref)
		return s.Health == "Current"
	})
	if calls.Load() == 0 {
		t.Error("nobody was told of the health")
	}
	l.apply(strings.Replace(deployment, "replicas: 1", "replicas: 0", 1))
	_, err := l.kube.AppsV1().Deployments(l.ns).Patch(t.Context(), "web", types.MergePatchType,
		[]byte(`{"spec":{"replicas":1,"template":{"spec":{"nodeSelector":{"no":"where"}}}}}`), byHand)
	l.must(err)
	l.eventually("the Deployment is in progress, and says why", func() bool {
		s, _ := w.Get(entry.Ref)
		return s.Health == "InProgress" && s.Message != ""
	})
}
