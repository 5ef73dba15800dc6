//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/spotguide/spotguide/agent/build"
	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/test/registry"
)

const builds = "spotguide-builds"

// sources are three applications without any descriptor, nor a Dockerfile.
func sources() map[string]string {
	return map[string]string{
		"services/hello-go/go.mod":  "module hello\n\ngo 1.25\n",
		"services/hello-go/main.go": strings.ReplaceAll(goProgram, "SAYS", "go one"),

		"services/hello-node/package.json": `{"name": "hello-node", "scripts": {"start": "node server.js"}}`,
		"services/hello-node/server.js": `require("http").createServer((q, r) => r.end("node one " + process.version)).listen(process.env.PORT || 3000);
`,

		"services/hello-python/requirements.txt": "",
		"services/hello-python/main.py": `import http.server, os

class Hello(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"python one ")

if __name__ == "__main__":
    http.server.HTTPServer(("", int(os.environ.get("PORT", "8000"))), Hello).serve_forever()
`,
	}
}

// goProgram answers HTTP by package net: net/http takes far longer to compile,
// and every content is compiled in a container that has nothing yet.
const goProgram = `package main

import (
	"fmt"
	"net"
)

const says = "SAYS "

func main() {
	listener, err := net.Listen("tcp", ":8080")
	for err == nil {
		var c net.Conn
		if c, err = listener.Accept(); err == nil {
			go answer(c)
		}
	}
	panic(err)
}

func answer(c net.Conn) {
	defer c.Close()
	if n, _ := c.Read(make([]byte, 4096)); n > 0 {
		fmt.Fprintf(c, "HTTP/1.0 200 OK\r\n\r\n%s", says)
	}
}
`

// TestFromSource brings up source code: detected, built in the cluster without
// root, pushed to a registry, and answering HTTP. A commit that does not compile
// leaves what runs alone and says where it is wrong.
func TestFromSource(t *testing.T) {
	w := newWorld(t)
	address := w.registry()
	w.cluster("up", "--nodes", "real:1", "--insecure-registry", address)
	w.cluster("load-image", filepath.Join(root, "bin", "bases", "buildkit-rootless.tar"))
	w.installWith(map[string]any{"build": map[string]any{
		"registry": address, "insecure": true, "configName": "buildkit", "cpu": "2", "memory": "2Gi",
	}})
	w.mirrors(address)
	w.must(w.git.Create(t.Context(), "shop"))
	w.commit("first", sources())
	w.follow()
	for _, language := range []string{"go", "node", "python"} {
		w.until("the "+language+" application answers", w.says("hello-"+language, language+" one"))
	}
	w.until("all are healthy", func(ctx context.Context) bool {
		s := w.status(ctx)
		return s.Phase == status.Healthy && len(s.Applications) == 3
	})
	before := w.jobs()
	if len(before) != 3 {
		t.Errorf("%d builds for three applications: %v", len(before), before)
	}

	w.commit("broken", map[string]string{"services/hello-go/main.go": strings.ReplaceAll(goProgram, `"SAYS "`, "SAYS")})
	w.until("the failed build is told", func(ctx context.Context) bool {
		for _, a := range w.status(ctx).Applications {
			if a.Name == "hello-go" && a.Phase == status.Failed {
				return strings.Contains(a.Message, "Dockerfile") && strings.Contains(a.Message, "SAYS")
			}
		}
		return false
	})
	if got := w.answer(t.Context(), "hello-go"); !strings.HasPrefix(got, "go one ") {
		t.Errorf("after the failed build it answers %q", got)
	}

	w.commit("mended", map[string]string{"services/hello-go/main.go": strings.ReplaceAll(goProgram, "SAYS", "go two")})
	w.until("the mended program answers", w.says("hello-go", "go two"))
	w.commit("back", map[string]string{"services/hello-go/main.go": strings.ReplaceAll(goProgram, "SAYS", "go one")})
	w.until("what was built before answers again", w.says("hello-go", "go one"))
	if after := w.jobs(); len(after) != 5 {
		t.Errorf("%d builds, want one for each content: %v", len(after), after)
	}
	w.nothingForbidden()
}

// registry serves the base images, and takes what is built.
func (w *world) registry() (address string) {
	w.Helper()
	listener, err := (&net.ListenConfig{}).Listen(w.Context(), "tcp", net.JoinHostPort(w.address, "0"))
	w.must(err)
	server := &http.Server{Handler: registry.New(w.TempDir()), ReadHeaderTimeout: time.Minute}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	w.Cleanup(func() {
		_ = server.Close()
		<-served
	})
	tars, err := filepath.Glob(filepath.Join(root, "bin", "bases", "*.tar"))
	w.must(err)
	for _, tar := range tars {
		_, err := registry.Load(w.Context(), listener.Addr().String(), tar)
		w.must(err)
	}
	return listener.Addr().String()
}

// mirrors lets builds find base images in the registry.
func (w *world) mirrors(address string) {
	w.Helper()
	config := fmt.Sprintf("[registry.%q]\n  http = true\n", address)
	for _, host := range []string{"docker.io", "gcr.io"} {
		config += fmt.Sprintf("[registry.%q]\n  mirrors = [%q]\n", host, address)
	}
	_, err := w.client.CoreV1().ConfigMaps(builds).Create(w.Context(), &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{Name: "buildkit"}, Data: map[string]string{"buildkitd.toml": config},
	}, metav1.CreateOptions{})
	if !apierrors.IsAlreadyExists(err) {
		w.must(err)
	}
}

// jobs names the builds.
func (w *world) jobs() (names []string) {
	w.Helper()
	list, err := w.client.BatchV1().Jobs(builds).List(w.Context(), metav1.ListOptions{LabelSelector: build.Selector})
	w.must(err)
	for _, job := range list.Items {
		names = append(names, job.Name)
	}
	return names
}
