//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/spotguide/spotguide/agent/status"
)

// counter is an application that keeps its numbers in PostgreSQL and in Redis.
const counter = `apiVersion: spotguide.dev/v1
kind: Application
guide: web
components:
- name: web
  image: shop:backed
  ports:
  - {name: http, port: 8080}
`

const backed = `apiVersion: spotguide.dev/v1
kind: Environment
networkPolicy: true
services:
  postgresql: {provide: true, storageClass: local}
  redis: {provide: true, storageClass: local}
`

// TestServices: PostgreSQL and Redis are brought up beside an application, which
// reaches both by the variables that it is given; what they hold and their
// passwords outlive their pods and the agent.
func TestServices(t *testing.T) {
	w := newWorld(t)
	for _, image := range []string{"postgres", "redis", "backed"} {
		w.cluster("load-image", filepath.Join(root, "bin", "bases", image+".tar"))
	}
	w.volume("one")
	w.volume("two")
	w.install()
	w.must(w.git.Create(t.Context(), "shop"))
	w.commit("first", map[string]string{"counter/.spotguide/application.yaml": counter, "counter/.spotguide/environment.yaml": backed})
	w.follow()
	var rows, hits int
	w.until("the application counts in both", func(ctx context.Context) bool { rows, hits = w.counts(ctx); return rows > 0 && hits > 0 })
	w.until("all is healthy", func(ctx context.Context) bool { return w.status(ctx).Phase == status.Healthy })
	before := w.passwords()

	pods := w.client.CoreV1().Pods(namespace)
	gone := metav1.DeleteOptions{GracePeriodSeconds: new(int64(1))}
	w.must(pods.DeleteCollection(t.Context(), gone, metav1.ListOptions{LabelSelector: "app.kubernetes.io/part-of=counter"}))
	w.must(w.client.CoreV1().Pods(system).DeleteCollection(t.Context(), gone, metav1.ListOptions{}))
	for _, secret := range []string{"counter-postgresql", "counter-redis"} {
		w.must(w.client.CoreV1().Secrets(namespace).Delete(t.Context(), secret, metav1.DeleteOptions{}))
	}
	w.until("the passwords are there again", func(context.Context) bool { return len(w.passwords()) == len(before) })
	for secret, password := range w.passwords() {
		if password == "" || password != before[secret] {
			t.Errorf("%s has another password after the agent has come up anew", secret)
		}
	}
	w.until("it counts on", func(ctx context.Context) bool {
		r, h := w.counts(ctx)
		return r > rows && h > hits
	})
	for _, name := range []string{"counter", "counter-postgresql", "counter-redis"} {
		if _, err := w.client.NetworkingV1().NetworkPolicies(namespace).Get(t.Context(), name, metav1.GetOptions{}); err != nil {
			t.Error(err)
		}
	}
	w.nothingForbidden()
}

// counts are the visits so far, as PostgreSQL and Redis have them; 0 for none of
// it.
func (w *world) counts(ctx context.Context) (rows, hits int) {
	w.Helper()
	if _, err := fmt.Sscanf(w.answer(ctx, "counter"), "rows=%d url=t hits=%d\n", &rows, &hits); err != nil {
		return 0, 0
	}
	return rows, hits
}

// passwords are those of the services' Secrets that are there.
func (w *world) passwords() map[string]string {
	w.Helper()
	found := map[string]string{}
	for secret, key := range map[string]string{"counter-postgresql": "PGPASSWORD", "counter-redis": "REDIS_PASSWORD"} {
		if s, err := w.client.CoreV1().Secrets(namespace).Get(w.Context(), secret, metav1.GetOptions{}); err == nil {
			found[secret] = string(s.Data[key])
		}
	}
	return found
}

// volume gives a claim of the storage class local a folder of this machine.
func (w *world) volume(name string) {
	w.Helper()
	nodes, err := w.client.CoreV1().Nodes().List(w.Context(), metav1.ListOptions{})
	w.must(err)
	w.volumeOn(nodes.Items[0], name)
}

// volumeOn is volume on one of several nodes.
func (w *world) volumeOn(node corev1.Node, name string) {
	w.Helper()
	_, err := w.client.CoreV1().PersistentVolumes().Create(w.Context(), &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: corev1.PersistentVolumeSpec{
			Capacity:               corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("1Gi")},
			AccessModes:            []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			StorageClassName:       "local",
			PersistentVolumeSource: corev1.PersistentVolumeSource{Local: &corev1.LocalVolumeSource{Path: w.TempDir()}},
			NodeAffinity: &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
				MatchExpressions: []corev1.NodeSelectorRequirement{{
					Key: corev1.LabelHostname, Operator: corev1.NodeSelectorOpIn, Values: []string{node.Labels[corev1.LabelHostname]},
				}},
			}}}},
		},
	}, metav1.CreateOptions{})
	w.must(err)
}
