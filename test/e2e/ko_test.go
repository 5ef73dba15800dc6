//go:build e2e

package e2e

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/spotguide/spotguide/agent/build"
	"github.com/spotguide/spotguide/agent/status"
)

// TestKo brings up a Go program by method ko: compiled and pushed without Dockerfile
// and BuildKit, once for each content. What does not compile is told by its line.
func TestKo(t *testing.T) {
	w := newWorld(t)
	address := w.registry()
	w.cluster("up", "--nodes", "real:1", "--insecure-registry", address)
	w.cluster("load-image", filepath.Join(root, "bin", "bases", "golang.tar"))
	w.installWith(map[string]any{"build": map[string]any{
		"registry": address, "insecure": true, "cpu": "2", "memory": "2Gi",
		"staticBase": address + "/distroless/static-debian12:nonroot",
	}})
	w.must(w.git.Create(t.Context(), "shop"))
	w.commit("first", map[string]string{
		"hello/go.mod":                      "module hello\n\ngo 1.25\n",
		"hello/main.go":                     strings.ReplaceAll(goProgram, "SAYS", "go one"),
		"hello/.spotguide/application.yaml": "apiVersion: spotguide.dev/v1\nkind: Application\nguide: web\nbuild: {method: ko}\n",
	})
	w.follow()
	w.until("it answers", w.says("hello", "go one"))
	w.until("it is healthy", func(ctx context.Context) bool { return w.status(ctx).Phase == status.Healthy })

	w.commit("broken", map[string]string{"hello/main.go": strings.ReplaceAll(goProgram, `"SAYS "`, "SAYS")})
	w.until("the failed build is told", func(ctx context.Context) bool {
		for _, a := range w.status(ctx).Applications {
			if a.Phase == status.Failed {
				return strings.Contains(a.Message, "main.go:8") && strings.Contains(a.Message, "undefined: SAYS")
			}
		}
		return false
	})
	w.commit("mended", map[string]string{"hello/main.go": strings.ReplaceAll(goProgram, "SAYS", "go two")})
	w.until("the mended program answers", w.says("hello", "go two"))
	w.commit("back", map[string]string{"hello/main.go": strings.ReplaceAll(goProgram, "SAYS", "go one")})
	w.until("what was built before answers again", w.says("hello", "go one"))
	jobs, err := w.client.BatchV1().Jobs(builds).List(t.Context(), metav1.ListOptions{LabelSelector: build.Selector})
	w.must(err)
	if len(jobs.Items) != 3 {
		t.Errorf("%d builds, want one for each content", len(jobs.Items))
	}
	for _, job := range jobs.Items {
		w.compiled(job)
	}
	w.nothingForbidden()
}

// compiled demands that a build had no BuildKit and no rights beyond a user's.
func (w *world) compiled(job batchv1.Job) {
	w.Helper()
	pod := job.Spec.Template.Spec
	if len(pod.InitContainers) != 2 || pod.SecurityContext.RunAsNonRoot == nil || !*pod.SecurityContext.RunAsNonRoot {
		w.Errorf("%s is no build by method ko: %v", job.Name, pod)
	}
}
