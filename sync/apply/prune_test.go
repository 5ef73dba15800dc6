package apply_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spotguide/spotguide/sync/apply"
	"github.com/spotguide/spotguide/sync/inventory"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

const (
	keptMap = `
apiVersion: v1
kind: ConfigMap
metadata: {name: precious, annotations: {spotguide.dev/prune: "false"}}`
	volumeClaim = `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: disk}
spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}`
)

func TestPrune(t *testing.T) {
	l := newLab(t)
	l.applied(l.set("r1", configMap, secret, service, deployment, keptMap, volumeClaim))
	result := l.applied(l.set("r2", configMap, secret, deployment))
	want := []string{"ConfigMap settings: unchanged", "Secret token: unchanged", "Deployment web: unchanged",
		"Service web: deleted", "ConfigMap precious: kept", "PersistentVolumeClaim disk: kept"}
	if diff := cmp.Diff(want, actions(result)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n := len(result.Record.Refs()); n != 3 || result.Record.Revision != "r2" {
		t.Errorf("%d objects are still owned at %s: %v", n, result.Record.Revision, result.Record.Refs())
	}
	_, err := l.kube.CoreV1().Services(l.ns).Get(t.Context(), "web", metav1.GetOptions{})
	if !apierrors.IsNotFound(err) {
		t.Errorf("the Service is still there: %v", err)
	}
	for name, kept := range map[string]error{
		"precious": l.exists("precious"), "settings": l.exists("settings"),
	} {
		if kept != nil {
			t.Errorf("%s: %v", name, kept)
		}
	}
	l.opt.PruneProtected = true
	l.applied(l.set("r3", configMap, secret, deployment, volumeClaim))
	if got := actions(l.applied(l.set("r4", configMap, secret, deployment))); got[len(got)-1] != "PersistentVolumeClaim disk: deleted" {
		t.Errorf("when the agent is told to: %v", got)
	}
}

// exists tells whether the ConfigMap is there.
func (l *lab) exists(name string) error {
	_, err := l.kube.CoreV1().ConfigMaps(l.ns).Get(l.Context(), name, metav1.GetOptions{})
	return err
}

func TestNothingIsPruned(t *testing.T) {
	extra := strings.Replace(configMap, "settings", "extra", 1)
	broken := strings.Replace(service, "80", "800000", 1)
	cases := map[string]struct {
		before, after []string
		change        func(*lab)
		held          bool
		owned         int // refs in the record after
	}{
		"after a failure":     {before: []string{extra, configMap, service}, after: []string{configMap, broken}, owned: 3},
		"when it is off":      {before: []string{extra, configMap}, after: []string{configMap}, change: func(l *lab) { l.opt.Prune = false }, owned: 2},
		"of an emptied set":   {before: []string{extra}, held: true, owned: 1},
		"of a shrunken set":   {before: []string{extra, configMap, service, deployment}, after: []string{configMap}, held: true, owned: 4},
		"that moved by label": {before: []string{extra, configMap}, after: []string{configMap}, change: func(l *lab) { l.relabel("extra", "other") }, owned: 1},
		"that opted out live": {before: []string{extra, configMap}, after: []string{configMap}, change: func(l *lab) {
			l.patch("extra", `{"metadata":{"annotations":{"spotguide.dev/prune":"false"}}}`)
		}, owned: 1},
		"when deleting fails": {before: []string{extra, configMap}, after: []string{configMap}, change: func(l *lab) {
			l.wire.fail(func(r *http.Request) fate {
				if r.Method == http.MethodDelete {
					return lostBefore
				}
				return pass
			})
		}, owned: 2},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			l.applied(l.set("r1", c.before...))
			if c.change != nil {
				c.change(l)
			}
			result, err := l.apply(l.set("r2", c.after...))
			if err := l.exists("extra"); err != nil {
				t.Errorf("extra: %v", err)
			}
			if n := len(result.Record.Refs()); n != c.owned {
				t.Errorf("%d objects owned, want %d: %v", n, c.owned, result.Record.Refs())
			}
			held, ok := apply.Held(err)
			if ok != c.held {
				t.Errorf("held: %v, want %v: %v", ok, c.held, err)
			}
			if !c.held {
				return
			}
			if held.Owner != l.owner || len(held.Lost) == 0 {
				t.Errorf("held error tells nothing: %+v", held)
			}
			if _, err := l.apply(l.set("r2", c.after...)); err == nil {
				t.Error("no longer held on the next pass")
			}
			l.opt.PruneApproved = true
			l.applied(l.set("r2", c.after...))
			if err := l.exists("extra"); !apierrors.IsNotFound(err) {
				t.Errorf("after approval: %v", err)
			}
		})
	}
}

func (l *lab) relabel(name, application string) {
	l.Helper()
	l.patch(name, `{"metadata":{"labels":{"spotguide.dev/application":"`+application+`"}}}`)
}

func (l *lab) patch(name, patch string) {
	l.Helper()
	_, err := l.kube.CoreV1().ConfigMaps(l.ns).Patch(l.Context(), name, types.MergePatchType, []byte(patch), metav1.PatchOptions{FieldManager: "somebody"})
	l.must(err)
}

// An object that moves between applications is handed over, whichever of them
// is applied first, so long as the giver prunes last.
func TestMove(t *testing.T) {
	moving := strings.Replace(configMap, "settings", "moving", 1)
	for _, test := range []struct {
		name  string
		apply func(l *lab, giver, taker apply.Set)
	}{
		{"giver first", func(l *lab, giver, taker apply.Set) {
			l.opt.Prune = false
			l.applied(giver)
			l.opt.Prune = true
			l.applied(taker)
			l.applied(giver)
		}},
		{"taker first", func(l *lab, giver, taker apply.Set) {
			if _, err := l.apply(taker); !apply.Temporary(err) {
				l.Errorf("taken from its holder: %v", err)
			}
			l.applied(giver)
			l.applied(taker)
		}},
		{"giver gone", func(l *lab, giver, taker apply.Set) {
			l.applier.Release(giver.Owner)
			l.applied(taker)
			giver.Objects = nil
			l.opt.PruneApproved = true
			l.applied(giver)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := newLab(t)
			set := func(application, revision string, documents ...string) apply.Set {
				s := l.set(revision, documents...)
				s.Owner.Application = application
				return s
			}
			l.applied(set("giver", "r1", configMap, moving))
			l.applied(set("taker", "r1", service))
			before, err := l.kube.CoreV1().ConfigMaps(l.ns).Get(t.Context(), "moving", metav1.GetOptions{})
			l.must(err)

			test.apply(l, set("giver", "r2", configMap), set("taker", "r2", service, moving))
			after, err := l.kube.CoreV1().ConfigMaps(l.ns).Get(t.Context(), "moving", metav1.GetOptions{})
			l.must(err)
			if after.UID != before.UID || after.Labels[inventory.LabelApplication] != "taker" {
				t.Errorf("deleted and made again (%v), or not handed over: %v", after.UID != before.UID, after.Labels)
			}
		})
	}
}

func TestDamagedRecord(t *testing.T) {
	l := newLab(t)
	extra := strings.Replace(configMap, "settings", "extra", 1)
	l.applied(l.set("r1", configMap, extra, service))
	_, err := l.kube.CoreV1().ConfigMaps(l.ns).Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{
		Name: "copycat", Labels: map[string]string{inventory.LabelApplication: l.owner.Application, inventory.LabelNamespace: l.ns},
	}}, metav1.CreateOptions{})
	l.must(err)
	l.patch(inventory.ConfigMapName, `{"data":{"shop":"{\"committed\": [tr"}}`)
	l.restart()

	result := l.applied(l.set("r2", configMap, service))
	if l.exists("extra") != nil {
		t.Error("something was pruned by a damaged record")
	}
	want := []inventory.Ref{{Version: "v1", Kind: "ConfigMap", Namespace: l.ns, Name: "extra"}}
	if diff := cmp.Diff(want, result.Record.Pending); diff != "" {
		t.Errorf("rebuilt from labels (-want +got):\n%s", diff)
	}
	l.applied(l.set("r3", configMap, service))
	if err := l.exists("extra"); !apierrors.IsNotFound(err) {
		t.Errorf("the next pass prunes again: %v", err)
	}
	if l.exists("copycat") != nil {
		t.Error("an object that we never applied was pruned for its labels")
	}
}

// The agent dies between pending and committed: what it made is not lost.
func TestCutBetweenPendingAndCommitted(t *testing.T) {
	for name, when := range map[string]fate{"before the API server": lostBefore, "after it": lostAfter} {
		t.Run(name, func(t *testing.T) {
			l := newLab(t)
			l.wire.fail(func(r *http.Request) fate {
				if strings.Contains(r.URL.Path, "/configmaps/settings") && r.Method == http.MethodPatch {
					return when
				}
				return pass
			})
			_, err := l.applier.Apply(t.Context(), l.set("r1", configMap, service), l.opt)
			f := failure(t, err)
			if f.Reason != apply.Unreachable || !f.Temporary() || !errors.Is(err, errCut) {
				t.Errorf("cut off: %v", err)
			}
			// Nothing was committed; a new process finds both objects pending.
			l.wire.fail(nil)
			l.restart()
			record, err := l.store.Get(t.Context(), l.owner)
			l.must(err)
			if len(record.Pending) != 2 || len(record.Committed) != 0 {
				t.Errorf("record after the crash: %+v", record)
			}
			// The commit that it then applies lacks the object: it is pruned.
			result := l.applied(l.set("r2", service))
			if err := l.exists("settings"); !apierrors.IsNotFound(err) {
				t.Errorf("left behind: %v", err)
			}
			if n := len(result.Record.Refs()); n != 1 {
				t.Errorf("record %+v", result.Record)
			}
		})
	}
}

func TestNamespaceGoes(t *testing.T) {
	l := newLab(t)
	l.applied(l.set("r1", configMap))
	// A finalizer holds the namespace while it is being deleted.
	l.patch("settings", `{"metadata":{"finalizers":["example.org/hold"]}}`)
	t.Cleanup(func() { l.patchAfter("settings", `{"metadata":{"finalizers":null}}`) })
	l.must(l.kube.CoreV1().Namespaces().Delete(t.Context(), l.ns, metav1.DeleteOptions{}))
	opt := l.opt
	opt.Identity = apply.AsAgent // the role binding goes too
	gone := func(when string, err error) {
		t.Helper()
		failures := apply.Failures(err)
		for _, f := range failures {
			if f.Reason != apply.NamespaceGone || !f.Temporary() {
				t.Errorf("%s: %v", when, f)
			}
		}
		if len(failures) == 0 || !apply.Temporary(err) {
			t.Errorf("%s: %v", when, err)
		}
	}
	result, err := l.applier.Apply(t.Context(), l.set("r2", configMap, service), opt)
	gone("while it is being deleted", err)
	if n := len(result.Record.Refs()); n != 2 {
		t.Errorf("%d objects owned, want both", n)
	}
	l.must(l.kube.CoreV1().ConfigMaps(l.ns).Delete(t.Context(), inventory.ConfigMapName, metav1.DeleteOptions{}))
	l.restart()
	_, err = l.applier.Apply(t.Context(), l.set("r3", configMap, service), opt)
	gone("when the record cannot be written either", err)

	missing := l.set("r1", configMap)
	missing.Owner.Namespace = l.ns + "-nowhere"
	_, err = l.applier.Apply(t.Context(), missing, opt)
	gone("that never was", err)
}

// Between looking at an object and deleting it, somebody makes another one.
func TestOnlyWhatWasLookedAtIsDeleted(t *testing.T) {
	l := newLab(t)
	extra := strings.Replace(configMap, "settings", "extra", 1)
	l.applied(l.set("r1", configMap, extra))
	maps := l.kube.CoreV1().ConfigMaps(l.ns)
	l.wire.fail(func(r *http.Request) fate {
		if r.Method == http.MethodDelete {
			l.must(maps.Delete(t.Context(), "extra", metav1.DeleteOptions{}))
			_, err := maps.Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "extra"}}, metav1.CreateOptions{})
			l.must(err)
		}
		return pass
	})
	result, err := l.apply(l.set("r2", configMap))
	if f := failure(t, err); f.Reason != apply.Conflict || !f.Temporary() {
		t.Error(err)
	}
	if l.exists("extra") != nil || len(result.Record.Pending) != 1 {
		t.Errorf("another one's object was deleted, or forgotten: %+v", result.Record)
	}
	l.wire.fail(nil)
	l.applied(l.set("r2", configMap)) // it bears no label of ours
	if l.exists("extra") != nil {
		t.Error("another one's object was deleted in the end")
	}
}

// An apply whose answer is lost may have happened: going back to what was there
// before has to send it again.
func TestLostAnswer(t *testing.T) {
	l := newLab(t, live(pretend{}))
	l.applied(l.set("r1", configMap))
	l.wire.fail(func(r *http.Request) fate {
		if r.Method == http.MethodPatch {
			return lostAfter
		}
		return pass
	})
	_, err := l.apply(l.set("r2", strings.Replace(configMap, "blue", "green", 1)))
	failure(t, err)
	l.wire.fail(nil)
	l.applied(l.set("r1", configMap))
	m, err := l.kube.CoreV1().ConfigMaps(l.ns).Get(t.Context(), "settings", metav1.GetOptions{})
	l.must(err)
	if m.Data["colour"] != "blue" {
		t.Errorf("the live object is still %s", m.Data["colour"])
	}
}
