package integration

import (
	"net/http/httptest"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/test/gitserver"
)

// TestDriftModeChanges: the mode of the namespace holds from when it is set.
func TestDriftModeChanges(t *testing.T) {
	w := newWorld(t)
	ns := w.namespace(w.repository("cart", map[string]string{"cart.yaml": fill(configMap, "cart", "one")}))
	w.agent()
	w.untilPhase(ns, status.Healthy)
	w.annotate(ns, binding.Drift, "warn")
	w.look(ns)
	w.edit(ns, "cart", "mine")
	w.until(ns, "a report", func(s status.Status) bool {
		return tells(s, "DriftDetected", "") > 0 || tells(s, "DriftCorrected", "") > 0
	})
	if got := w.note(ns, "cart"); got != "mine" {
		t.Errorf("warn: it holds %q", got)
	}
	w.annotate(ns, binding.Drift, "correct")
	w.toldOf(ns, "DriftCorrected", "/cart")
	if got := w.note(ns, "cart"); got != "one" {
		t.Errorf("correct: it holds %q", got)
	}
}

// TestDriftIsToldOnce of two objects that stay as they are.
func TestDriftIsToldOnce(t *testing.T) {
	w := newWorld(t)
	ns := w.namespace(w.repository("cart", map[string]string{"a.yaml": fill(configMap, "a", "one"), "b.yaml": fill(configMap, "b", "one")}), binding.Drift, "warn")
	w.agent()
	w.untilPhase(ns, status.Healthy)
	w.edit(ns, "a", "mine")
	w.edit(ns, "b", "mine")
	w.toldOf(ns, "DriftDetected", "/a")
	w.toldOf(ns, "DriftDetected", "/b")
	for range 3 {
		w.look(ns)
	}
	s := w.look(ns)
	for _, name := range []string{"/a", "/b"} {
		if n := tells(s, "DriftDetected", name); n != 1 {
			t.Errorf("the drift of %s was told %d times", name, n)
		}
	}
}

// TestManyDeleted are all put back at once.
func TestManyDeleted(t *testing.T) {
	w := newWorld(t)
	files := map[string]string{}
	names := []string{"a", "b", "c", "d", "e", "f", "g"}
	for _, name := range names {
		files[name+".yaml"] = fill(configMap, name, "one")
	}
	ns := w.namespace(w.repository("cart", files))
	w.agent()
	w.untilPhase(ns, status.Healthy)
	for _, name := range names {
		w.must(w.client.CoreV1().ConfigMaps(ns).Delete(t.Context(), name, metav1.DeleteOptions{}))
		w.until(ns, "the correction of "+name, func(s status.Status) bool {
			if tells(s, "DriftContested", "") > 0 {
				t.Fatal("several objects that are deleted once each are no contest")
			}
			return tells(s, "DriftCorrected", "/"+name) > 0
		})
	}
}

// TestMendedSecret is read without anybody asking.
func TestMendedSecret(t *testing.T) {
	w := newWorld(t)
	w.repository("cart", map[string]string{"cart.yaml": fill(configMap, "cart", "one")})
	url := w.auth()
	ns := map[string]string{}
	for _, name := range []string{"missing", "wrong"} {
		ns[name] = w.namespace(url, binding.Credentials, "git", binding.Interval, "5s")
	}
	w.secret(ns["wrong"], map[string][]byte{"username": []byte("ada"), "password": []byte("shut sesame")})
	w.agent()
	for _, n := range ns {
		w.untilPhase(n, status.Failed)
		w.secret(n, map[string][]byte{"username": []byte("ada"), "password": []byte("open sesame")})
	}
	w.untilPhase(ns["wrong"], status.Healthy)
	w.untilPhase(ns["missing"], status.Healthy)
}

func (w *world) auth() string {
	server := httptest.NewServer(w.git.Handler(gitserver.HTTP{Username: "ada", Password: "open sesame"}))
	w.Cleanup(server.Close)
	return server.URL + "/cart.git"
}
