package apply_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spotguide/spotguide/sync/apply"
	"github.com/spotguide/spotguide/sync/inventory"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// recorded are the kinds and names of the owner's record.
func (l *lab) recorded() (names []string) {
	l.Helper()
	record, err := l.store.Get(l.Context(), l.owner)
	l.must(err)
	for _, ref := range record.Refs() {
		names = append(names, ref.Kind+" "+ref.Name)
	}
	slices.Sort(names)
	return names
}

// TestPrepare makes what is missing, leaves alone what is there, and has both on
// the owner's record once the whole set follows.
func TestPrepare(t *testing.T) {
	l := newLab(t)
	l.applied(l.set("r1", configMap))
	newer := strings.Replace(configMap, "blue", "green", 1)
	made, err := l.applier.Prepare(t.Context(), l.set("r2", newer, secret), l.opt)
	l.must(err)
	if !made {
		t.Error("the Secret was missing, and nothing was made")
	}
	m, err := l.kube.CoreV1().ConfigMaps(l.ns).Get(t.Context(), "settings", metav1.GetOptions{})
	l.must(err)
	if m.Data["colour"] != "blue" {
		t.Errorf("what was there is %v now", m.Data)
	}
	s, err := l.kube.CoreV1().Secrets(l.ns).Get(t.Context(), "token", metav1.GetOptions{})
	l.must(err)
	if got := inventory.OwnerOf(s.Labels); got != l.owner {
		t.Errorf("the Secret is %v's", got)
	}
	if diff := cmp.Diff([]string{"ConfigMap settings", "Secret token"}, l.recorded()); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}

	l.wire.take()
	if made, err := l.applier.Prepare(t.Context(), l.set("r2", newer, secret), l.opt); made || err != nil {
		t.Errorf("with all of it there it made %t: %v", made, err)
	}
	for _, r := range l.wire.take() {
		if !strings.HasPrefix(r, "GET ") {
			t.Errorf("with all of it there it sent %s", r)
		}
	}

	// The set never follows; the one before comes again, by a new process.
	l.restart()
	l.applied(l.set("r1", configMap))
	if _, err := l.kube.CoreV1().Secrets(l.ns).Get(t.Context(), "token", metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("what no set has is still there: %v", err)
	}
}

// TestPrepareFails tells of every object, and what was made all the same stays on
// the record.
func TestPrepareFails(t *testing.T) {
	l := newLab(t)
	wrong := strings.ReplaceAll(strings.Replace(configMap, "settings", "Not_A_Name", 1), "blue", "red")
	made, err := l.applier.Prepare(t.Context(), l.set("r1", wrong, secret), l.opt)
	if f := failure(t, err); !made || f.Ref.Name != "Not_A_Name" || f.Origin != "app/1.yaml:1" {
		t.Errorf("made %t: %v", made, err)
	}
	if diff := cmp.Diff([]string{"ConfigMap Not_A_Name", "Secret token"}, l.recorded()); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
	for name, opt := range map[string]apply.Options{
		"a stranger":  {Identity: apply.ServiceAccount(l.ns, "stranger")},
		"no identity": {},
	} {
		if _, err := l.applier.Prepare(t.Context(), l.set("r1", configMap), opt); err == nil {
			t.Errorf("%s may make it", name)
		}
	}
	if _, err := l.kube.CoreV1().ConfigMaps(l.ns).Get(t.Context(), "settings", metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("it was made: %v", err)
	}
}
