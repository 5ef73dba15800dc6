package integration

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/spotguide/spotguide/agent/platform"
	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/test/gitserver"
)

const public = `apiVersion: spotguide.dev/v1
kind: Application
guide: web
components:
- name: web
  image: ghcr.io/stefanprodan/podinfo:6.7.1
  ports:
  - {name: http, port: 9898, public: true}
`

// TestIngressController: the first application that needs an ingress controller
// gets one brought up, once; it stays, and is told, when nobody needs it.
func TestIngressController(t *testing.T) {
	w := newWorld(t)
	c := &w.config.Ingress
	c.Provision, c.Namespace, c.ServiceType = true, "ingress-"+w.id, "ClusterIP"
	w.Cleanup(func() {
		ctx := context.Background()
		err := w.client.CoreV1().Namespaces().Delete(ctx, c.Namespace, metav1.DeleteOptions{})
		if e := w.client.NetworkingV1().IngressClasses().Delete(ctx, platform.Guide, metav1.DeleteOptions{}); err == nil {
			err = e
		}
		if err != nil && !apierrors.IsNotFound(err) {
			w.Logf("clean up: %v", err)
		}
	})
	ns := w.namespace(w.repository("shop", map[string]string{"note/note.yaml": fill(configMap, "note", "one")}))
	w.agent()
	w.untilPhase(ns, status.Healthy)
	if _, err := w.client.CoreV1().Namespaces().Get(w.Context(), c.Namespace, metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Fatalf("something was brought up for nobody: %v", err)
	}

	w.pushed(ns, "public", map[string]string{"web/.spotguide/application.yaml": public})
	w.until(ns, "two healthy applications", func(s status.Status) bool { return s.Phase == status.Healthy && len(s.Applications) == 2 })
	ingress, err := w.client.NetworkingV1().Ingresses(ns).Get(w.Context(), "web", metav1.GetOptions{})
	w.must(err)
	if class := ingress.Spec.IngressClassName; class == nil || *class != platform.Guide {
		t.Errorf("the Ingress has the class %v", class)
	}
	if _, err := w.client.AppsV1().Deployments(c.Namespace).Get(w.Context(), platform.Guide, metav1.GetOptions{}); err != nil {
		t.Error(err)
	}
	w.needed(map[string]platform.Needs{ns + "/web": {HTTP: true}})

	w.pushed(ns, "gone", map[string]string{"web/.spotguide/application.yaml": gitserver.Removed})
	w.needed(map[string]platform.Needs{})
	if _, err := w.client.AppsV1().Deployments(c.Namespace).Get(w.Context(), platform.Guide, metav1.GetOptions{}); err != nil {
		t.Errorf("it was taken away without a person: %v", err)
	}
}

// pushed commits and has the namespace look.
func (w *world) pushed(namespace, message string, files map[string]string) {
	w.Helper()
	w.commit("shop", message, files)
	w.nudge(namespace)
}

// needed waits until the books say who needs the ingress controller.
func (w *world) needed(want map[string]platform.Needs) {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), patience)
	defer cancel()
	events, err := w.client.CoreV1().ConfigMaps(w.config.Ingress.Namespace).Watch(ctx, metav1.ListOptions{FieldSelector: "metadata.name=" + platform.ConfigMap})
	w.must(err)
	defer events.Stop()
	for range events.ResultChan() {
		got, err := platform.Books(ctx, w.client, w.config.Ingress.Namespace)
		w.must(err)
		if cmp.Equal(want, got) {
			return
		}
	}
	got, err := platform.Books(w.Context(), w.client, w.config.Ingress.Namespace)
	w.Fatalf("the books say %v (%v), want %v", got, err, want)
}
