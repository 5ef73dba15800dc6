package integration

import (
	"context"
	"io"
	"log"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/spotguide/spotguide/agent/build"
	"github.com/spotguide/spotguide/agent/status"
)

const program = `package main

import "net/http"

func main() { http.ListenAndServe(":8080", nil) }
`

// builds gives the world's agent a registry, and a namespace for its builds. No
// node has what a build asks for, so none ever runs.
func (w *world) builds() (namespace string) {
	w.Helper()
	server := httptest.NewServer(registry.New(registry.Logger(log.New(io.Discard, "", 0))))
	w.Cleanup(server.Close)
	ns, err := w.client.CoreV1().Namespaces().Create(w.Context(), &corev1.Namespace{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "builds-"},
	}, metav1.CreateOptions{})
	w.must(err)
	w.Cleanup(func() {
		if err := w.client.CoreV1().Namespaces().Delete(context.Background(), ns.Name, metav1.DeleteOptions{}); err != nil {
			w.Logf("delete namespace %s: %v", ns.Name, err)
		}
	})
	b := &w.config.Build
	b.Namespace = ns.Name
	b.Registry, b.Insecure = strings.TrimPrefix(server.URL, "http://"), true
	b.Address, b.CPU = "http://127.0.0.1:1", "10k"
	return ns.Name
}

// job waits for the one build that there is.
func (w *world) job(namespace string) batchv1.Job {
	w.Helper()
	ctx, cancel := context.WithTimeout(w.Context(), patience)
	defer cancel()
	events, err := w.client.BatchV1().Jobs(namespace).Watch(ctx, metav1.ListOptions{LabelSelector: build.Selector})
	w.must(err)
	defer events.Stop()
	for event := range events.ResultChan() {
		if job, ok := event.Object.(*batchv1.Job); ok && event.Type == "ADDED" {
			return *job
		}
	}
	w.Fatal("no build was started")
	return batchv1.Job{}
}

// push puts an image where the Job would have put it.
func (w *world) push(job batchv1.Job) (digest string) {
	w.Helper()
	for _, argument := range job.Spec.Template.Spec.Containers[0].Args {
		_, rest, ok := strings.Cut(argument, "--output=type=image,name=")
		if !ok {
			continue
		}
		tag, _, _ := strings.Cut(rest, ",")
		ref, err := name.ParseReference(tag, name.Insecure)
		w.must(err)
		image, err := random.Image(64, 1)
		w.must(err)
		w.must(remote.Write(ref, image, remote.WithContext(w.Context())))
		hash, err := image.Digest()
		w.must(err)
		return hash.String()
	}
	w.Fatalf("the Job names no image: %v", job.Spec.Template.Spec.Containers[0].Args)
	return ""
}

// TestBuild brings up source code without any descriptor. What runs goes on
// running while its successor is built; an image that is there is not built again.
func TestBuild(t *testing.T) {
	w := newWorld(t)
	builds := w.builds()
	url := w.repository("hello", map[string]string{"go.mod": "module hello\n\ngo 1.25\n", "main.go": program})
	ns := w.namespace(url)
	agent := w.agent()

	w.untilPhase(ns, status.Building)
	first := w.job(builds)
	digest := w.push(first)
	w.endBuild(first)
	s := w.untilPhase(ns, status.Healthy)
	image := w.imageOf(ns, s.Applications[0].Name)
	if !strings.HasSuffix(image, "@"+digest) || !strings.HasPrefix(image, w.config.Build.Registry+"/"+ns+"/") {
		t.Errorf("image %s, want digest %s", image, digest)
	}

	w.commit("hello", "second", map[string]string{"main.go": program + "// changed\n"})
	w.nudge(ns)
	w.untilPhase(ns, status.Building)
	if now := w.imageOf(ns, s.Applications[0].Name); now != image {
		t.Errorf("while it is built %s runs, not %s", now, image)
	}
	second := w.job(builds)
	changed := w.push(second)
	agent.stop(syscall.SIGKILL) // another one finds the image without building
	w.endBuild(second)
	w.agent()
	w.until(ns, "the second image", func(status.Status) bool {
		return strings.HasSuffix(w.imageOf(ns, s.Applications[0].Name), "@"+changed)
	})
	w.untilPhase(ns, status.Healthy)
	jobs, err := w.client.BatchV1().Jobs(builds).List(t.Context(), metav1.ListOptions{})
	w.must(err)
	if len(jobs.Items) != 0 {
		t.Errorf("built again: %d Jobs", len(jobs.Items))
	}
}

// TestBuildFails keeps what runs, says why, and tries again when asked.
func TestBuildFails(t *testing.T) {
	w := newWorld(t)
	builds := w.builds()
	w.config.Build.Timeout = time.Second
	url := w.repository("hello", map[string]string{"go.mod": "module hello\n\ngo 1.25\n", "main.go": program})
	ns := w.namespace(url)
	w.agent()
	s := w.until(ns, "the failure", told("BuildFailed"))
	if m := entry(s, "BuildFailed").Message; !strings.Contains(m, "DeadlineExceeded") || !strings.Contains(m, "logs") {
		t.Errorf("the failure says %q", m)
	}
	failed := w.job(builds)
	w.nudge(ns)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	events, err := w.client.BatchV1().Jobs(builds).Watch(ctx, metav1.ListOptions{LabelSelector: build.Selector})
	w.must(err)
	defer events.Stop()
	for event := range events.ResultChan() {
		if job, ok := event.Object.(*batchv1.Job); ok && job.UID != failed.UID {
			return
		}
	}
	t.Error("a person's wish started no other build")
}

// endBuild takes a Job away, as its time to live would.
func (w *world) endBuild(job batchv1.Job) {
	w.Helper()
	background := metav1.DeletePropagationBackground
	w.must(w.client.BatchV1().Jobs(job.Namespace).Delete(w.Context(), job.Name, metav1.DeleteOptions{PropagationPolicy: &background}))
}

// imageOf the first container of a Deployment.
func (w *world) imageOf(namespace, deployment string) string {
	w.Helper()
	d, err := w.client.AppsV1().Deployments(namespace).Get(w.Context(), deployment, metav1.GetOptions{})
	w.must(err)
	return d.Spec.Template.Spec.Containers[0].Image
}
