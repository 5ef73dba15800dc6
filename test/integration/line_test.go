package integration

import (
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/test/gitserver"
)

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME}
spec:
  replicas: 1
  selector: {matchLabels: {app: NAME}}
  template:
    metadata:
      labels: {app: NAME}
      annotations: {note: "NOTE"}
    spec:
      containers:
      - {name: main, image: registry.example.com/NAME:1}
`

const configMap = `apiVersion: v1
kind: ConfigMap
metadata: {name: NAME}
data: {note: "NOTE"}
`

func fill(template, name, note string) string {
	return strings.NewReplacer("NAME", name, "NOTE", note).Replace(template)
}

// TestLine follows one repository from its first push through a change, a
// removal and a foreign edit.
func TestLine(t *testing.T) {
	w := newWorld(t)
	url := w.repository("shop", map[string]string{
		"cart/cart.yaml":                  fill(deployment, "cart", "one"),
		"cart/config.yaml":                fill(configMap, "cart", "one"),
		"cart/old.yaml":                   fill(configMap, "old", "one"),
		"front/kustomization.yaml":        "resources: [front.yaml]\n",
		"front/front.yaml":                fill(deployment, "front", "one"),
		"search/Chart.yaml":               "apiVersion: v2\nname: search\nversion: 0.1.0\n",
		"search/templates/all.yaml":       strings.ReplaceAll(fill(deployment, "search", "one"), "search", "{{ .Release.Name }}"),
		"web/.spotguide/application.yaml": "apiVersion: spotguide.dev/v1\nkind: Application\nname: web\nguide: web\ncomponents:\n- name: web\n  image: registry.example.com/web:1\n  ports: [{name: http, port: 8080}]\n",
	})
	ns := w.namespace(url)
	w.agent()
	s := w.untilPhase(ns, status.Healthy)
	guides := map[string]string{}
	for _, a := range s.Applications {
		guides[a.Name] = a.Guide
		if len(a.Why) == 0 || a.Revision == "" || a.Objects == 0 {
			t.Errorf("%s lacks why, revision or objects: %+v", a.Name, a)
		}
	}
	for app, guide := range map[string]string{"cart": "manifests", "front": "kustomize", "search": "helm", "web": "web"} {
		if guides[app] != guide {
			t.Errorf("%s was taken for %q, want %q", app, guides[app], guide)
		}
	}

	second := w.commit("shop", "second", map[string]string{
		"cart/config.yaml": fill(configMap, "cart", "two"), "cart/old.yaml": gitserver.Removed,
	})
	w.nudge(ns)
	w.untilHealthyAt(ns, second)
	maps := w.client.CoreV1().ConfigMaps(ns)
	changed, err := maps.Get(t.Context(), "cart", metav1.GetOptions{})
	w.must(err)
	if changed.Data["note"] != "two" {
		t.Errorf("the change did not arrive: %v", changed.Data)
	}
	if _, err := maps.Get(t.Context(), "old", metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("what was removed is still there: %v", err)
	}

	_, err = maps.Patch(t.Context(), "cart", types.MergePatchType, []byte(`{"data":{"note":"mine"}}`), metav1.PatchOptions{FieldManager: "somebody"})
	w.must(err)
	s = w.until(ns, "the correction", told("DriftCorrected"))
	if message := entry(s, "DriftCorrected").Message; !strings.Contains(message, "somebody") || !strings.Contains(message, "note") {
		t.Errorf("the correction does not say who changed what: %s", message)
	}
	changed, err = maps.Get(t.Context(), "cart", metav1.GetOptions{})
	w.must(err)
	if changed.Data["note"] != "two" {
		t.Errorf("the edit is still there: %v", changed.Data)
	}
}

// TestRollback pushes a revision whose pods crash.
func TestRollback(t *testing.T) {
	w := newWorld(t)
	good := fill(deployment, "cart", "good")
	url := w.repository("cart", map[string]string{"cart.yaml": good})
	ns := w.namespace(url)
	w.agent()
	first := w.untilPhase(ns, status.Healthy).Revision
	w.commit("cart", "bad", map[string]string{
		"cart.yaml": strings.Replace(good, "annotations: {", `annotations: {simulate.spotguide.dev/crash: "true", `, 1),
	})
	w.nudge(ns)
	s := w.untilPhase(ns, status.RolledBack)
	if s.Applications[0].Revision != first || s.Applications[0].Failed == nil {
		t.Errorf("rolled back to %s, want %s: %+v", s.Applications[0].Revision, first, s.Applications[0].Failed)
	}
	fixed := w.commit("cart", "fixed", map[string]string{"cart.yaml": fill(deployment, "cart", "fixed")})
	w.nudge(ns)
	w.untilHealthyAt(ns, fixed)
}

// TestBadAnnotation tells and forgets nothing.
func TestBadAnnotation(t *testing.T) {
	w := newWorld(t)
	url := w.repository("cart", map[string]string{"cart.yaml": fill(deployment, "cart", "one")})
	ns := w.namespace(url)
	w.agent()
	w.untilPhase(ns, status.Healthy)
	w.annotate(ns, binding.Drift, "fight")
	s := w.untilPhase(ns, status.Failed)
	if !strings.Contains(s.Message, binding.Drift) || len(s.Applications) != 1 {
		t.Errorf("status %+v", s)
	}
	w.annotate(ns, binding.Drift, "")
	w.untilPhase(ns, status.Healthy)
	if _, err := w.client.AppsV1().Deployments(ns).Get(t.Context(), "cart", metav1.GetOptions{}); err != nil {
		t.Error(err)
	}
}

func told(reason string) func(status.Status) bool {
	return func(s status.Status) bool { return entry(s, reason).Reason != "" }
}

// entry is the newest history entry with a reason.
func entry(s status.Status, reason string) (found status.Entry) {
	for _, a := range s.Applications {
		for _, e := range a.History {
			if e.Reason == reason {
				found = e
			}
		}
	}
	return found
}
