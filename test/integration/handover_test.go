package integration

import (
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/sync/inventory"
	"github.com/spotguide/spotguide/test/gitserver"
)

// TestRename renames an application's folder: its pods go on running, also while
// the application cannot be rendered under its new name.
func TestRename(t *testing.T) {
	w := newWorld(t)
	url := w.repository("shop", map[string]string{
		"cart/cart.yaml": fill(deployment, "cart", "one"), "front/front.yaml": fill(deployment, "front", "one"),
	})
	ns := w.namespace(url)
	w.agent()
	w.untilPhase(ns, status.Healthy)
	before := w.deployment(ns, "cart").UID

	w.commit("shop", "rename, with a mistake", map[string]string{
		"cart/cart.yaml": gitserver.Removed, "basket/cart.yaml": fill(deployment, "cart", "two") + "  wrong: {[\n",
	})
	w.nudge(ns)
	w.until(ns, "the mistake", func(s status.Status) bool { return phase(s, "basket") == status.Failed })
	s := w.until(ns, "the old name waiting", func(s status.Status) bool { return phase(s, "cart") == status.Pending })
	if now := w.deployment(ns, "cart").UID; now != before {
		t.Errorf("the Deployment was made again: %+v", s)
	}

	fixed := w.commit("shop", "mend it", map[string]string{"basket/cart.yaml": fill(deployment, "cart", "two")})
	w.nudge(ns)
	w.until(ns, "nothing left under the old name", func(s status.Status) bool {
		return s.Phase == status.Healthy && strings.HasSuffix(s.Revision, fixed) && phase(s, "cart") == ""
	})
	now := w.deployment(ns, "cart")
	if now.UID != before || now.Labels[inventory.LabelApplication] != "basket" {
		t.Errorf("made again (%v), or not handed over: %v", now.UID != before, now.Labels)
	}
}

// TestMove moves an object from one application to another, beside one that is
// removed.
func TestMove(t *testing.T) {
	for _, direction := range []struct{ name, from, to string }{{"down", "a", "b"}, {"up", "b", "a"}} {
		t.Run(direction.name, func(t *testing.T) {
			w := newWorld(t)
			from, to := direction.from+"/", direction.to+"/"
			url := w.repository("shop", map[string]string{
				"a/a.yaml": fill(configMap, "a", "one"), "b/b.yaml": fill(configMap, "b", "one"),
				from + "moving.yaml": fill(deployment, "moving", "one"), from + "old.yaml": fill(configMap, "old", "one"),
			})
			ns := w.namespace(url)
			w.agent()
			w.untilPhase(ns, status.Healthy)
			before := w.deployment(ns, "moving").UID
			second := w.commit("shop", "move", map[string]string{
				from + "moving.yaml": gitserver.Removed, from + "old.yaml": gitserver.Removed,
				to + "moving.yaml": fill(deployment, "moving", "two"),
			})
			w.nudge(ns)
			w.untilHealthyAt(ns, second)
			now := w.deployment(ns, "moving")
			if now.UID != before || now.Labels[inventory.LabelApplication] != direction.to {
				t.Errorf("made again (%v), or not handed over: %v", now.UID != before, now.Labels)
			}
			w.untilGone(ns, "old")
		})
	}
}

// deployment reads one.
func (w *world) deployment(namespace, name string) *metav1.ObjectMeta {
	w.Helper()
	d, err := w.client.AppsV1().Deployments(namespace).Get(w.Context(), name, metav1.GetOptions{})
	w.must(err)
	return &d.ObjectMeta
}

// untilGone waits until a ConfigMap has been deleted.
func (w *world) untilGone(namespace, name string) {
	w.Helper()
	maps := w.client.CoreV1().ConfigMaps(namespace)
	events, err := maps.Watch(w.Context(), metav1.ListOptions{FieldSelector: "metadata.name=" + name})
	w.must(err)
	defer events.Stop()
	if _, err := maps.Get(w.Context(), name, metav1.GetOptions{}); apierrors.IsNotFound(err) {
		return
	}
	for event := range events.ResultChan() {
		if event.Type == "DELETED" {
			return
		}
	}
	w.Fatalf("%s is still there", types.NamespacedName{Namespace: namespace, Name: name})
}

// phase of one application, empty when the status does not hold it.
func phase(s status.Status, app string) status.Phase {
	for _, a := range s.Applications {
		if a.Name == app {
			return a.Phase
		}
	}
	return ""
}
