package integration

import (
	"context"
	"strings"
	"syscall"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/spotguide/spotguide/agent/status"
)

const backed = `apiVersion: spotguide.dev/v1
kind: Environment
services:
  postgresql: {provide: true}
`

const client = `apiVersion: spotguide.dev/v1
kind: Application
guide: web
components:
- name: web
  image: ghcr.io/stefanprodan/podinfo:6.7.1
steps:
  before:
  - {name: migrate, run: ./migrate}
`

// TestProvidedServices: what the environment asks for runs beside the application,
// which is told of it, and runs before the first step does; passwords are another
// in each namespace, and the same after the agent has been started anew.
func TestProvidedServices(t *testing.T) {
	w := newWorld(t)
	own, err := w.client.CoreV1().Namespaces().Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "system-"}}, metav1.CreateOptions{})
	w.must(err)
	t.Cleanup(func() {
		if err := w.client.CoreV1().Namespaces().Delete(context.Background(), own.Name, metav1.DeleteOptions{}); err != nil {
			t.Log(err)
		}
	})
	w.config.LeaseNamespace = own.Name
	url := w.repository("shop", map[string]string{"web/.spotguide/application.yaml": client, "web/.spotguide/environment.yaml": backed})
	one, other := w.namespace(url), w.namespace(url)
	agent := w.agent()
	w.until(one, "something applied", func(s status.Status) bool { return s.Revision != "" })
	w.until(other, "something applied", func(s status.Status) bool { return s.Revision != "" })
	first := w.password(one)
	if len(first) < 32 || strings.Contains(first, "cluster") || first == w.password(other) {
		t.Errorf("the passwords are %q and %q", first, w.password(other))
	}
	web, err := w.client.AppsV1().Deployments(one).Get(t.Context(), "web", metav1.GetOptions{})
	w.must(err)
	if from := web.Spec.Template.Spec.Containers[0].EnvFrom; len(from) != 1 || from[0].SecretRef.Name != "web-postgresql" {
		t.Errorf("the application is told %v", from)
	}
	database, err := w.client.CoreV1().Pods(one).Get(t.Context(), "web-postgresql-0", metav1.GetOptions{})
	w.must(err)
	if names, jobs := w.stepJobs(one); len(names) != 1 || jobs[0].CreationTimestamp.Before(database.Status.StartTime) {
		t.Errorf("the steps are %v, the database came at %s", names, database.Status.StartTime)
	}

	agent.stop(syscall.SIGKILL)
	w.must(w.client.CoreV1().Secrets(one).Delete(t.Context(), "web-postgresql", metav1.DeleteOptions{}))
	w.agent()
	w.nudge(one)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	events, err := w.client.CoreV1().Secrets(one).Watch(ctx, metav1.ListOptions{FieldSelector: "metadata.name=web-postgresql"})
	w.must(err)
	defer events.Stop()
	<-events.ResultChan()
	if again := w.password(one); again != first {
		t.Errorf("the password was %q and is %q", first, again)
	}
}

// password is what the application is told.
func (w *world) password(namespace string) string {
	w.Helper()
	s, err := w.client.CoreV1().Secrets(namespace).Get(w.Context(), "web-postgresql", metav1.GetOptions{})
	w.must(err)
	return string(s.Data["PGPASSWORD"])
}
