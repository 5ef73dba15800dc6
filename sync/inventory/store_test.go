package inventory_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spotguide/spotguide/sync/inventory"
	"github.com/spotguide/spotguide/test/controlplane"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// lab is a namespace and a client whose requests are counted.
type lab struct {
	*testing.T
	kube     *kubernetes.Clientset
	ns       string
	requests atomic.Int64
}

func newLab(t *testing.T) *lab {
	t.Helper()
	cfg := controlplane.Config(t)
	l := &lab{T: t, ns: controlplane.Namespace(t, cfg, nil)}
	counted := rest.CopyConfig(cfg)
	counted.Wrap(func(next http.RoundTripper) http.RoundTripper {
		return roundTrip(func(r *http.Request) (*http.Response, error) {
			l.requests.Add(1)
			return next.RoundTrip(r)
		})
	})
	l.kube = kubernetes.NewForConfigOrDie(counted)
	return l
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func (l *lab) store() *inventory.Store { return inventory.NewStore(l.kube.CoreV1()) }

func (l *lab) owner(application string) inventory.Owner {
	return inventory.Owner{Namespace: l.ns, Application: application}
}

func (l *lab) must(err error) {
	l.Helper()
	if err != nil {
		l.Fatal(err)
	}
}

// costs checks how many requests do takes.
func (l *lab) costs(want int64, do func() error) {
	l.Helper()
	before := l.requests.Load()
	l.must(do())
	if got := l.requests.Load() - before; got != want {
		l.Errorf("took %d requests, want %d", got, want)
	}
}

func record(revision string, names ...string) inventory.Record {
	r := inventory.Record{Revision: revision}
	for _, name := range names {
		r.Committed = append(r.Committed, inventory.Entry{Ref: inventory.Ref{Version: "v1", Kind: "ConfigMap", Namespace: "ns", Name: name}, Digest: revision})
	}
	return r
}

func (l *lab) holds(s *inventory.Store, owner inventory.Owner, want inventory.Record) {
	l.Helper()
	got, err := s.Get(l.Context(), owner)
	l.must(err)
	if diff := cmp.Diff(want, got); diff != "" {
		l.Errorf("record of %s (-want +got):\n%s", owner, diff)
	}
}

func TestStore(t *testing.T) {
	l := newLab(t)
	ctx := t.Context()
	s := l.store()
	a, b := l.owner("a"), l.owner("b")
	l.costs(1, func() error { l.holds(s, a, inventory.Record{}); return nil })
	l.costs(2, func() error { return s.Put(ctx, a, record("1", "x")) }) // patch, create
	l.costs(1, func() error { return s.Put(ctx, b, record("1", "y")) })
	l.costs(0, func() error { return s.Put(ctx, a, record("1", "x")) })
	l.costs(1, func() error { return s.Put(ctx, a, record("2", "x")) })
	l.costs(0, func() error { return s.AddPending(ctx, a, record("", "x").Refs()) })
	l.costs(1, func() error { return s.AddPending(ctx, a, record("", "x", "new").Refs()) })
	want := record("2", "x")
	want.Pending = record("", "new").Refs()
	l.holds(l.store(), a, want)
	l.holds(l.store(), b, record("1", "y"))

	l.costs(0, func() error { s.Stage(a, record("3", "x")); return nil })
	l.holds(s, a, record("3", "x"))
	l.holds(l.store(), a, want)
	l.costs(1, func() error { return s.Put(ctx, a, record("3", "x")) })
	l.holds(l.store(), a, record("3", "x"))

	names, err := l.store().Applications(ctx, l.ns)
	l.must(err)
	if diff := cmp.Diff([]string{"a", "b"}, names); diff != "" {
		t.Error(diff)
	}

	late := l.store()
	late.Stage(a, record("4", "x"))
	l.holds(late, a, record("4", "x")) // reading the ConfigMap undoes nothing newer

	// Somebody deletes the ConfigMap: the next write brings all of it back.
	l.must(l.kube.CoreV1().ConfigMaps(l.ns).Delete(ctx, inventory.ConfigMapName, metav1.DeleteOptions{}))
	l.must(s.Put(ctx, b, record("2", "y")))
	l.holds(l.store(), a, record("3", "x"))
	l.holds(l.store(), b, record("2", "y"))

	l.must(s.Delete(ctx, b))
	l.holds(s, b, inventory.Record{})
	l.holds(l.store(), b, inventory.Record{})
	if err := s.Put(ctx, l.owner("no/key"), record("1")); err == nil {
		t.Error("a name that is no key is taken")
	}
}

// Applications of one namespace write at once and never undo each other.
func TestStoreConcurrently(t *testing.T) {
	l := newLab(t)
	s := l.store()
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			owner := l.owner(fmt.Sprint("app-", i))
			if err := s.AddPending(t.Context(), owner, record("", "x").Refs()); err != nil {
				t.Error(err)
			}
			if err := s.Put(t.Context(), owner, record("r", "x")); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	fresh := l.store()
	for i := range 20 {
		l.holds(fresh, l.owner(fmt.Sprint("app-", i)), record("r", "x"))
	}
}

func TestStoreLoad(t *testing.T) {
	l := newLab(t)
	l.must(l.store().Put(t.Context(), l.owner("a"), record("1", "x")))
	s := l.store()
	l.must(s.Load(t.Context()))
	l.costs(0, func() error { l.holds(s, l.owner("a"), record("1", "x")); return nil })
}

func TestStoreLargeRecord(t *testing.T) {
	l := newLab(t)
	names := make([]string, 6000)
	for i := range names {
		names[i] = fmt.Sprintf("%s-%d", strings.Repeat("long-name", 8), i)
	}
	large := record("main@sha1:0123", names...)
	l.must(l.store().Put(t.Context(), l.owner("big"), large))
	l.holds(l.store(), l.owner("big"), large)
}

func TestStoreDamagedRecord(t *testing.T) {
	l := newLab(t)
	_, err := l.kube.CoreV1().ConfigMaps(l.ns).Create(t.Context(), &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: inventory.ConfigMapName},
		Data:       map[string]string{"bad": "{", "good": "{}"},
	}, metav1.CreateOptions{})
	l.must(err)
	s := l.store()
	l.holds(s, l.owner("good"), inventory.Record{})
	_, err = s.Get(t.Context(), l.owner("bad"))
	var corrupt *inventory.CorruptError
	if !errors.As(err, &corrupt) || corrupt.Owner != l.owner("bad") {
		t.Fatalf("damaged record: %v", err)
	}
	if err := s.AddPending(t.Context(), l.owner("bad"), record("", "x").Refs()); !errors.As(err, &corrupt) {
		t.Errorf("pending on a damaged record: %v", err)
	}
	l.must(s.Put(t.Context(), l.owner("bad"), record("1", "x")))
	l.holds(l.store(), l.owner("bad"), record("1", "x"))
}
