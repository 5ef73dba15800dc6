//go:build e2e

// Package e2e runs the agent where it belongs: its image in containers on a real
// node, deployed from deploy/, with the rights it has there, against a Git server
// outside the cluster. It needs root and Debian's containerd; `make e2e` builds
// what it needs and takes the cluster away again.
package e2e

import (
	"context"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/agent/status"
)

// manifests is an application of plain YAML.
const manifests = `apiVersion: apps/v1
kind: Deployment
metadata: {name: cart}
spec:
  replicas: 2
  selector: {matchLabels: {app: cart}}
  template:
    metadata: {labels: {app: cart}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: app
        image: shop:VERSION
        ports: [{containerPort: 8080, name: http}]
        readinessProbe: {httpGet: {path: /, port: http}, periodSeconds: 1}
---
apiVersion: v1
kind: Service
metadata: {name: cart}
spec:
  selector: {app: cart}
  ports: [{port: 80, targetPort: http}]
`

// web is an application that its guide renders all of.
const web = `apiVersion: spotguide.dev/v1
kind: Application
name: catalog
guide: web
components:
- name: web
  image: shop:VERSION
  ports: [{name: http, port: 8080}]
`

const sla = `apiVersion: spotguide.dev/v1
kind: SLA
rollout: {deadline: 20s}
`

func version(template, v string) string { return strings.ReplaceAll(template, "VERSION", v) }

// TestPushToContainers goes the whole line: a push runs containers, the next one
// replaces them, a foreign edit is put back, a broken push is rolled back, and
// all of it goes on when the leading agent's pod is gone.
func TestPushToContainers(t *testing.T) {
	w := newWorld(t)
	for _, v := range []string{"one", "two", "three", "broken"} {
		w.cluster("load-image", appImage(t, v))
	}
	w.install()
	w.must(w.git.Create(t.Context(), "shop"))
	w.commit("first", map[string]string{
		"cart/cart.yaml": version(manifests, "one"), "cart/.spotguide/sla.yaml": sla,
		"catalog/.spotguide/application.yaml": version(web, "one"),
	})
	w.follow()
	w.until("both applications are healthy", w.healthy)
	w.until("cart answers", w.says("cart", "one"))
	w.until("catalog answers", w.says("catalog", "one"))

	w.commit("second", map[string]string{"cart/cart.yaml": version(manifests, "two")})
	w.until("the second push answers", w.says("cart", "two"))
	w.until("it is healthy", w.healthy)

	w.edit(`[{"op":"replace","path":"/spec/template/spec/containers/0/image","value":"shop:one"}]`)
	w.until("the foreign edit is put back", func(ctx context.Context) bool { return w.image(ctx) == "shop:two" })
	w.until("its Event tells of it", w.event("DriftCorrected"))

	broken := w.commit("broken", map[string]string{"cart/cart.yaml": version(manifests, "broken")})
	w.until("the broken push is rolled back", func(ctx context.Context) bool {
		return w.status(ctx).Phase == status.RolledBack && w.image(ctx) == "shop:two"
	})
	if got := w.answer(t.Context(), "cart"); !strings.HasPrefix(got, "two ") {
		t.Errorf("cart answers %q after the rollback", got)
	}
	w.until("the annotation tells the phase", func(ctx context.Context) bool {
		ns, err := w.client.CoreV1().Namespaces().Get(ctx, namespace, metav1.GetOptions{})
		return err == nil && ns.Annotations[binding.Phase] == string(status.RolledBack)
	})
	for _, a := range w.status(t.Context()).Applications {
		if a.Name == "cart" && (a.Failed == nil || !strings.HasSuffix(a.Failed.Revision, broken)) {
			t.Errorf("the failed revision is %+v, want %s", a.Failed, broken)
		}
	}

	w.nothingForbidden()
	w.deleteLeader()
	w.commit("third", map[string]string{"cart/cart.yaml": version(manifests, "three")})
	w.until("another agent has taken over and the third push answers", w.says("cart", "three"))
	w.until("it is healthy", w.healthy)
	w.nothingForbidden()
}

// nothingForbidden checks that the agents' rights sufficed so far.
func (w *world) nothingForbidden() {
	w.Helper()
	logs := w.kubectl("", "logs", "-n", system, "-l", "app.kubernetes.io/name=spotguide", "--tail", "-1")
	for line := range strings.Lines(logs) {
		if strings.Contains(strings.ToLower(line), "forbidden") {
			w.Errorf("the agent lacks a right: %s", line)
		}
	}
}

// healthy tells whether both applications are healthy.
func (w *world) healthy(ctx context.Context) bool {
	s := w.status(ctx)
	return s.Phase == status.Healthy && len(s.Applications) == 2
}

// says tells whether a Service answers as a version.
func (w *world) says(service, version string) func(context.Context) bool {
	return func(ctx context.Context) bool { return strings.HasPrefix(w.answer(ctx, service), version+" ") }
}

// edit changes the cart's Deployment by hand.
func (w *world) edit(patch string) {
	w.Helper()
	_, err := w.client.AppsV1().Deployments(namespace).Patch(w.Context(), "cart", types.JSONPatchType, []byte(patch),
		metav1.PatchOptions{FieldManager: "somebody"})
	w.must(err)
}

func (w *world) image(ctx context.Context) string {
	d, err := w.client.AppsV1().Deployments(namespace).Get(ctx, "cart", metav1.GetOptions{})
	if err != nil {
		return ""
	}
	return d.Spec.Template.Spec.Containers[0].Image
}

// event tells whether the namespace has an Event for a reason.
func (w *world) event(reason string) func(context.Context) bool {
	return func(ctx context.Context) bool {
		events, err := w.client.CoreV1().Events(namespace).List(ctx, metav1.ListOptions{FieldSelector: "reason=" + reason})
		return err == nil && len(events.Items) > 0
	}
}

// deleteLeader deletes the pod that holds the Lease.
func (w *world) deleteLeader() {
	w.Helper()
	lease, err := w.client.CoordinationV1().Leases(system).Get(w.Context(), "spotguide", metav1.GetOptions{})
	w.must(err)
	pod, _, _ := strings.Cut(*lease.Spec.HolderIdentity, "_")
	w.must(w.client.CoreV1().Pods(system).Delete(w.Context(), pod, metav1.DeleteOptions{}))
}
