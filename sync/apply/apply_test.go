package apply_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spotguide/spotguide/sync/inventory"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	corev1ac "k8s.io/client-go/applyconfigurations/core/v1"
)

// pretend is a Live to which nothing was ever touched.
type pretend struct{}

func (pretend) Owner(inventory.Ref) (inventory.Owner, bool) { return inventory.Owner{}, true }
func (pretend) Untouched(inventory.Entry) bool              { return true }

func TestOneRequestAnObject(t *testing.T) {
	l := newLab(t, live(pretend{}))
	result := l.applied(l.set("r1", configMap, secret, service, deployment))
	want := []string{"ConfigMap settings: created", "Secret token: created", "Service web: created", "Deployment web: created"}
	if diff := cmp.Diff(want, actions(result)); diff != "" {
		t.Errorf("first pass (-want +got):\n%s", diff)
	}
	requests := l.wire.take()
	for _, r := range requests {
		if !strings.HasPrefix(r, "PATCH ") {
			t.Errorf("request %s: want patches only", r)
		}
	}
	if len(requests) != 4 {
		t.Errorf("first pass took %d requests, want 4: %v", len(requests), requests)
	}

	result = l.applied(l.set("r2", configMap, secret, service, strings.Replace(deployment, "web:1", "web:2", 1)))
	want = []string{"ConfigMap settings: unchanged", "Secret token: unchanged", "Service web: unchanged", "Deployment web: configured"}
	if diff := cmp.Diff(want, actions(result)); diff != "" {
		t.Errorf("second pass (-want +got):\n%s", diff)
	}
	if requests := l.wire.take(); len(requests) != 1 {
		t.Errorf("one changed object took %v", requests)
	}
	live, err := l.kube.AppsV1().Deployments(l.ns).Get(t.Context(), "web", metav1.GetOptions{})
	l.must(err)
	if got := live.Spec.Template.Spec.Containers[0].Image; got != "example.org/web:2" {
		t.Errorf("image is %s", got)
	}
	if got := inventory.OwnerOf(live.Labels); got != l.owner {
		t.Errorf("labels name the owner %v", got)
	}
}

// Fields that another manager applied are taken over, for the repository says
// what they are.
func TestOtherManager(t *testing.T) {
	l := newLab(t)
	_, err := l.kube.CoreV1().ConfigMaps(l.ns).Apply(t.Context(),
		corev1ac.ConfigMap("settings", l.ns).WithData(map[string]string{"colour": "pink", "theirs": "yes"}),
		metav1.ApplyOptions{FieldManager: "helm"})
	l.must(err)
	result := l.applied(l.set("r1", configMap))
	if diff := cmp.Diff([]string{"ConfigMap settings: configured"}, actions(result)); diff != "" {
		t.Error(diff)
	}
	m, err := l.kube.CoreV1().ConfigMaps(l.ns).Get(t.Context(), "settings", metav1.GetOptions{})
	l.must(err)
	if diff := cmp.Diff(map[string]string{"colour": "blue", "theirs": "yes"}, m.Data); diff != "" {
		t.Error(diff)
	}
}
