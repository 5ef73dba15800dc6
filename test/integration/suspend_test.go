package integration

import (
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/agent/status"
)

// look asks for a look and waits until every application has taken up what was
// found.
func (w *world) look(namespace string) status.Status {
	w.Helper()
	asked := time.Now().Format(time.RFC3339Nano)
	w.annotate(namespace, binding.SyncRequestedAt, asked)
	return w.until(namespace, "the look", func(s status.Status) bool { return s.SyncHandled == asked })
}

// TestSuspend: nothing is applied or corrected meanwhile, and all of it after.
func TestSuspend(t *testing.T) {
	w := newWorld(t)
	ns := w.namespace(w.repository("cart", map[string]string{
		"cart.yaml": fill(configMap, "cart", "one"), "edited.yaml": fill(configMap, "edited", "one"),
	}))
	w.agent()
	first := w.untilPhase(ns, status.Healthy).Revision
	w.annotate(ns, binding.Suspend, "true")
	w.untilPhase(ns, status.Suspended)

	w.edit(ns, "edited", "mine")
	second := w.commit("cart", "second", map[string]string{"cart.yaml": fill(configMap, "cart", "two"), "new.yaml": fill(configMap, "new", "two")})
	s := w.look(ns)
	if s.Phase != status.Suspended || s.Revision != first || !strings.Contains(s.Message, "resume") {
		t.Errorf("suspended, it is %s at %s: %s", s.Phase, s.Revision, s.Message)
	}
	if cart, edited := w.note(ns, "cart"), w.note(ns, "edited"); cart != "one" || edited != "mine" {
		t.Errorf("suspended, cart holds %q and what was edited %q", cart, edited)
	}
	if _, err := w.client.CoreV1().ConfigMaps(ns).Get(t.Context(), "new", metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("suspended, something new was applied: %v", err)
	}

	w.annotate(ns, binding.Suspend, "")
	w.untilHealthyAt(ns, second)
	w.until(ns, "the end of drift", func(status.Status) bool { return w.note(ns, "edited") == "one" })
	if cart, added := w.note(ns, "cart"), w.note(ns, "new"); cart != "two" || added != "two" {
		t.Errorf("resumed, cart holds %q and what is new %q", cart, added)
	}
}

// unplaced is a Deployment whose pods no node takes.
func unplaced(name string) string {
	return strings.Replace(fill(deployment, name, "one"), "      containers:", "      nodeSelector: {no: such-node}\n      containers:", 1)
}

// TestDependsOn waits for another namespace, and for one application of it.
func TestDependsOn(t *testing.T) {
	w := newWorld(t)
	base := w.namespace(w.repository("base", map[string]string{
		"db/db.yaml": fill(deployment, "db", "one"), "queue/queue.yaml": unplaced("queue"),
	}))
	url := w.repository("cart", map[string]string{"cart.yaml": fill(configMap, "cart", "one")})
	onDB, onAll := w.namespace(url, binding.DependsOn, base+"/db"), w.namespace(url, binding.DependsOn, base)
	onNothing := w.namespace(url, binding.DependsOn, "no-such-namespace")
	w.agent()
	w.untilPhase(onDB, status.Healthy)
	for ns, dependency := range map[string]string{onAll: base, onNothing: "no-such-namespace"} {
		s := w.until(ns, "what it waits for", func(s status.Status) bool { return s.Phase == status.Pending && s.Message != "" })
		if want := "waits for " + dependency + " to be healthy"; s.Message != want {
			t.Errorf("the message is %q, want %q", s.Message, want)
		}
		if _, err := w.client.CoreV1().ConfigMaps(ns).Get(t.Context(), "cart", metav1.GetOptions{}); !apierrors.IsNotFound(err) {
			t.Errorf("it did not wait: %v", err)
		}
	}
	w.commit("base", "a place for the queue", map[string]string{"queue/queue.yaml": fill(deployment, "queue", "one")})
	w.nudge(base)
	w.untilPhase(onAll, status.Healthy)
}
