package integration

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/agent/status"
)

// marked is a ConfigMap with a drift mode of its own.
func marked(name, mode string) string {
	return strings.Replace(fill(configMap, name, "one"), "{name: "+name+"}",
		"{name: "+name+", annotations: {spotguide.dev/drift: "+mode+"}}", 1)
}

// edit changes a ConfigMap by a foreign hand.
func (w *world) edit(namespace, name, note string) {
	w.Helper()
	_, err := w.client.CoreV1().ConfigMaps(namespace).Patch(w.Context(), name, types.MergePatchType,
		[]byte(`{"data":{"note":"`+note+`"}}`), metav1.PatchOptions{FieldManager: "somebody"})
	w.must(err)
}

// note is what a ConfigMap holds.
func (w *world) note(namespace, name string) string {
	w.Helper()
	cm, err := w.client.CoreV1().ConfigMaps(namespace).Get(w.Context(), name, metav1.GetOptions{})
	w.must(err)
	return cm.Data["note"]
}

// toldOf waits for an entry of the history that names an object.
func (w *world) toldOf(namespace, reason, object string) status.Status {
	w.Helper()
	return w.until(namespace, reason+" of "+object, func(s status.Status) bool { return tells(s, reason, object) > 0 })
}

// tells counts the entries of the history with a reason that name an object.
func tells(s status.Status, reason, object string) (n int) {
	for _, a := range s.Applications {
		for _, e := range a.History {
			if e.Reason == reason && strings.Contains(e.Message, object) {
				n++
			}
		}
	}
	return n
}

// TestDriftModes: the namespace says what happens to drift, and an object may say
// otherwise. What is to be seen as left alone is edited before what is not.
func TestDriftModes(t *testing.T) {
	w := newWorld(t)
	url := w.repository("cart", map[string]string{
		"plain.yaml": fill(configMap, "plain", "one"), "corrected.yaml": marked("corrected", "correct"),
		"warned.yaml": marked("warned", "warn"), "ignored.yaml": marked("ignored", "ignore"),
	})
	modes := map[string]string{}
	for _, mode := range []string{"correct", "warn", "ignore"} {
		modes[mode] = w.namespace(url, binding.Drift, mode)
	}
	w.agent()
	for mode, ns := range modes {
		w.untilPhase(ns, status.Healthy)
		for _, name := range []string{"ignored", "warned", "plain", "corrected"} {
			w.edit(ns, name, "mine")
		}
		w.toldOf(ns, "DriftCorrected", "/corrected")
		s := w.toldOf(ns, "DriftDetected", "/warned")
		for name, want := range map[string]string{"corrected": "correct", "warned": "warn", "ignored": "ignore", "plain": mode} {
			if want == "correct" {
				s = w.toldOf(ns, "DriftCorrected", "/"+name)
			}
			note, kept := w.note(ns, name), "mine"
			if want == "correct" {
				kept = "one"
			}
			if note != kept {
				t.Errorf("%s in a namespace with %s holds %q, want %q", name, mode, note, kept)
			}
			if told := tells(s, "DriftDetected", "/"+name) > 0; told != (want == "warn") {
				t.Errorf("%s in a namespace with %s: told of drift: %t", name, mode, told)
			}
		}
	}
}

// TestDriftIsFoughtOver with somebody who insists: for a while, and not for ever.
func TestDriftIsFoughtOver(t *testing.T) {
	w := newWorld(t)
	ns := w.namespace(w.repository("cart", map[string]string{"cart.yaml": fill(configMap, "cart", "one")}))
	w.agent()
	w.untilPhase(ns, status.Healthy)
	events, err := w.client.CoreV1().ConfigMaps(ns).Watch(t.Context(), metav1.ListOptions{FieldSelector: "metadata.name=cart"})
	w.must(err)
	defer events.Stop()
	go func() { // ends with the test's watch
		for event := range events.ResultChan() {
			if cm, ok := event.Object.(*corev1.ConfigMap); ok && cm.Data["note"] == "one" {
				_, _ = w.client.CoreV1().ConfigMaps(ns).Patch(w.Context(), "cart", types.MergePatchType,
					[]byte(`{"data":{"note":"mine"}}`), metav1.PatchOptions{FieldManager: "insistent"}) // what came of it, the watch shows
			}
		}
	}()
	s := w.toldOf(ns, "DriftContested", "insistent")
	if n := tells(s, "DriftCorrected", "insistent"); n == 0 || n > 5 {
		t.Errorf("corrected %d times before it paused", n)
	}
}
