package integration

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/agent/status"
)

// TestNamespaceGone deletes a namespace in the middle of a pass, and makes it
// again.
func TestNamespaceGone(t *testing.T) {
	w := newWorld(t)
	files := map[string]string{}
	for _, name := range []string{"a", "b", "c", "d"} {
		files[name+".yaml"] = fill(configMap, name, "one")
	}
	url := w.repository("cart", files)
	ns, other := w.namespace(url), w.namespace(url)
	p := w.proxy()
	agent := w.agentFor(p.kubeconfig)
	w.untilPhase(ns, status.Healthy)
	w.untilPhase(other, status.Healthy)

	for name := range files {
		files[name] = strings.Replace(files[name], "one", "two", 1)
	}
	second := w.commit("cart", "second", files)
	p.arm(2, false, func() { w.deleteNamespace(ns) })
	w.nudge(ns)
	w.untilNoNamespace(ns)
	p.arm(0, false, nil)
	w.nudge(other)
	w.untilHealthyAt(other, second)
	if n := strings.Count(agent.log.String(), "level=WARN"); n > 10 {
		t.Errorf("%d warnings over a namespace that went:\n%s", n, agent.log)
	}

	_, err := w.client.CoreV1().Namespaces().Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		Name: ns, Labels: map[string]string{worldLabel: w.id},
		Annotations: map[string]string{binding.Repository: url, binding.Interval: "1h"},
	}}, metav1.CreateOptions{})
	w.must(err)
	w.untilHealthyAt(ns, second)
	for name := range files {
		if got := w.note(ns, strings.TrimSuffix(name, ".yaml")); got != "two" {
			t.Errorf("%s holds %q", name, got)
		}
	}
	select {
	case <-agent.ended:
		t.Error("the agent ended")
	default:
	}
}

func (w *world) deleteNamespace(name string) {
	err := w.client.CoreV1().Namespaces().Delete(w.Context(), name, metav1.DeleteOptions{})
	if err != nil {
		w.Errorf("delete namespace: %v", err)
	}
}

// untilNoNamespace waits until a namespace has gone.
func (w *world) untilNoNamespace(name string) {
	w.Helper()
	namespaces := w.client.CoreV1().Namespaces()
	events, err := namespaces.Watch(w.Context(), metav1.ListOptions{FieldSelector: "metadata.name=" + name})
	w.must(err)
	defer events.Stop()
	if _, err := namespaces.Get(w.Context(), name, metav1.GetOptions{}); apierrors.IsNotFound(err) {
		return
	}
	for event := range events.ResultChan() {
		if event.Type == "DELETED" {
			return
		}
	}
}
