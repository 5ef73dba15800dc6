package build

import (
	"archive/tar"
	"bytes"
	"errors"
	"flag"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	batchv1 "k8s.io/api/batch/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/yaml"

	"github.com/spotguide/spotguide/spotguides/guide"
)

var update = flag.Bool("update", false, "rewrite what testdata holds")

func request() Request {
	return Request{
		Namespace: "shop", Application: "cart", Dir: "services/cart", Hash: "abc",
		Tree: fstest.MapFS{
			"services/cart/main.go":       {Data: []byte("package main"), Mode: 0o644},
			"services/cart/run.sh":        {Data: []byte("#!/bin/sh"), Mode: 0o755},
			"services/cart/static/a.html": {Data: []byte("<p>"), Mode: 0o644},
			"services/other/main.go":      {Data: []byte("package other"), Mode: 0o644},
		},
		Stack: guide.Stack{Kind: guide.KindService, Language: "go", Manager: "go", Build: "go build -o app .", Start: "./app"},
	}
}

func TestTagFollowsContent(t *testing.T) {
	base, err := settle(request())
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Request){
		"folder":      func(r *Request) { r.Hash = "abd" },
		"stack":       func(r *Request) { r.Stack.Build = "go build -o app ./cmd" },
		"own file":    func(r *Request) { r.Stack.Dockerfile = "Dockerfile" },
		"method":      func(r *Request) { r.Method = guide.BuildKo },
		"namespace":   func(r *Request) { r.Namespace = "staging" },
		"application": func(r *Request) { r.Application = "basket" },
	} {
		r := request()
		change(&r)
		if c, err := settle(r); err != nil || c.tag == base.tag || jobName(c) == jobName(base) {
			t.Errorf("%s: the same tag %s (%v)", name, c.tag, err)
		}
	}
	asked := request()
	asked.Asked = "now"
	if c, err := settle(asked); err != nil || c.tag != base.tag {
		t.Errorf("a wish changes the tag to %s (%v)", c.tag, err)
	}
	unknown := request()
	unknown.Stack.Language = "cobol"
	if _, err := settle(unknown); err == nil || !strings.Contains(err.Error(), "services/cart/Dockerfile: no base image is known for cobol") {
		t.Errorf("error %v", err)
	}
}

// unpack reads a context.
func unpack(t *testing.T, r io.Reader) map[string]string {
	t.Helper()
	got := map[string]string{}
	archive := tar.NewReader(r)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return got
		}
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		got[header.Name] = header.FileInfo().Mode().String() + " " + string(content) + header.Linkname
	}
}

func TestContextHoldsTheFolder(t *testing.T) {
	c, err := settle(request())
	if err != nil {
		t.Fatal(err)
	}
	s := &sources{log: slog.New(slog.DiscardHandler), recipes: map[string]recipe{}}
	mux := http.NewServeMux()
	mux.Handle("GET /sources/{token}", s)
	server := httptest.NewServer(mux)
	defer server.Close()
	token := newToken()
	s.offer(token, c)
	answer, err := http.Get(server.URL + "/sources/" + token)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	want := map[string]string{
		"main.go": "-rw-r--r-- package main", "run.sh": "-rwxr-xr-x #!/bin/sh",
		"static/a.html": "-rw-r--r-- <p>", "static/": "dr-xr-xr-x ",
		ownDockerfile: "-rw-r--r-- " + string(c.written),
	}
	if diff := cmp.Diff(want, unpack(t, answer.Body)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	s.withdraw(token)
	gone, err := http.Get(server.URL + "/sources/" + token)
	if err != nil {
		t.Fatal(err)
	}
	defer gone.Body.Close()
	if gone.StatusCode != http.StatusNotFound {
		t.Errorf("after the build: %s", gone.Status)
	}
}

// TestWorkspace: what shares a lock file is built of the whole workspace, in the
// folder where it lies there, unless it has a Dockerfile of its own.
func TestWorkspace(t *testing.T) {
	for name, test := range map[string]struct{ workspace, own, workdir, want string }{
		"of the tree":    {".", "", "WORKDIR /app/services/cart", "services/other/main.go"},
		"of a folder":    {"services", "", "WORKDIR /app/cart", "other/main.go"},
		"none":           {"", "", "WORKDIR /app", "main.go"},
		"own Dockerfile": {".", "Dockerfile", "", "main.go"},
	} {
		r := request()
		r.Stack.Workspace, r.Stack.Dockerfile = test.workspace, test.own
		c, err := settle(r)
		if err != nil {
			t.Fatal(err)
		}
		var context bytes.Buffer
		if err := writeContext(&context, c); err != nil {
			t.Fatal(err)
		}
		if files := unpack(t, &context); files[test.want] == "" {
			t.Errorf("%s: no %s in %v", name, test.want, files)
		}
		if test.workdir != "" && !strings.Contains(string(c.written), test.workdir+"\n") {
			t.Errorf("%s: no %s in\n%s", name, test.workdir, c.written)
		}
	}
}

// A context that breaks off is no context.
func TestBrokenContext(t *testing.T) {
	r := request()
	r.Dir = "services/missing"
	c, err := settle(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := writeContext(io.Discard, c); err == nil {
		t.Error("a folder that is not there became a context")
	}
}

func TestJob(t *testing.T) {
	r := request()
	r.Target, r.Args = "prod", map[string]string{"VERSION": "2", "LEVEL": "a b"}
	c, err := settle(r)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := settle(request()); err != nil || plain.tag == c.tag {
		t.Errorf("%v: another stage of the Dockerfile has the same tag %s", err, c.tag)
	}
	o := Options{
		Registry: "registry.example.com/team", Insecure: true, Secret: "registry", Config: "buildkit", Namespace: "spotguide-system", Args: []string{"GOPROXY=https://go.example.com"},
		Image: "moby/buildkit:rootless", DaemonFlags: "--debug", Address: "http://10.0.0.7:8080",
		Timeout: 20 * time.Minute, CPU: resource.MustParse("500m"), Memory: resource.MustParse("4Gi"),
	}
	compareJob(t, "testdata/job.yaml", job(o, c, "TOKEN"))

	r = request()
	r.Method, r.Dir, r.Stack.Workspace = guide.BuildKo, "services/cart", "services"
	r.Stack.Start, r.Stack.Ports = "./app serve", []guide.Port{{Port: 8080}}
	if c, err = settle(r); err != nil {
		t.Fatal(err)
	}
	o.Agent, o.StaticBase = "spotguide:v1", "registry.example.com/static"
	compareJob(t, "testdata/job-ko.yaml", job(o, c, "TOKEN"))
}

func compareJob(t *testing.T, golden string, job *batchv1.Job) {
	t.Helper()
	got, err := yaml.Marshal(job)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestExplainShortens: a long line does not hide those that follow it.
func TestExplainShortens(t *testing.T) {
	got := explain("#8 0.1 Successfully installed " + strings.Repeat("x-1.0 ", 200) + "\n#8 0.2 ln: /bin/: No such file\nerror: failed to solve: exit code: 1\n")
	if len(got) > 300 || !strings.HasSuffix(got, "... / ln: /bin/: No such file") {
		t.Errorf("got %s", got)
	}
}

func TestExplain(t *testing.T) {
	const log = `#8 [build 4/5] RUN npm ci
#8 0.412 npm error code EUSAGE
#8 0.413 npm error
#8 0.414 npm error The npm ci command can only install with an existing package-lock.json
#8 0.415 npm error A complete log of this run can be found in: /root/.npm/_logs
#8 ERROR: process "/bin/sh -c npm ci" did not complete successfully: exit code: 1
------
 > [build 4/5] RUN npm ci:
------
Dockerfile:6
--------------------
   5 |     COPY package.json ./
   6 | >>> RUN npm ci
--------------------
error: failed to solve: process "/bin/sh -c npm ci" did not complete successfully: exit code: 1
`
	want := `Dockerfile:6: process "/bin/sh -c npm ci" did not complete successfully: exit code: 1: ` +
		`npm error code EUSAGE / npm error The npm ci command can only install with an existing package-lock.json`
	if got := explain(log); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := explain("exec: no such file\nnothing known\n"); got != "nothing known" {
		t.Errorf("got %s", got)
	}
}

// TestExplainCompiler: a compiler's words are told as they are.
func TestExplainCompiler(t *testing.T) {
	r := request()
	r.Method = guide.BuildKo
	c, err := settle(r)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.explain("# hello\n./main.go:9:15: undefined: SAYS\n"); got != "# hello / ./main.go:9:15: undefined: SAYS" {
		t.Errorf("got %s", got)
	}
	r.Stack.CGO = true
	if _, err := settle(r); err == nil || !strings.Contains(err.Error(), "services/cart: build.method ko") {
		t.Errorf("error %v", err)
	}
}

func TestTelling(t *testing.T) {
	for name, test := range map[string]struct{ log, want string }{
		"Go": {"#9 3.101 # shop\n#9 3.102 ./main.go:9:15: undefined: SAYS\n3.101 # shop\n3.102 ./main.go:9:15: undefined: SAYS\n",
			"# shop / ./main.go:9:15: undefined: SAYS"},
		"a stack of calls": {"#12 1.2     throw new Error(\n#12 1.2\n#12 1.2 Error: cannot reach the registry\n#12 1.2     at fetch (/usr/x.cjs:131:11)\n#12 1.2 }\n#12 1.2 \n#12 1.2 Node.js v20.19.2\n",
			"Error: cannot reach the registry"},
		"npm ci": {"3.7 npm ERR! [-ws|--workspaces] [--include-workspace-root] [--no-install-links]\n3.7 npm ERR! \n3.7 npm ERR! aliases: clean-install, ic\n3.7 npm ERR! Run \"npm help ci\" for more info\n",
			"npm error package.json and its lock file do not agree: run npm install and commit the lock file"},
		"Python": {"#7 5.0 Collecting django\n#7 5.1 ERROR: Could not find a version that satisfies django==99\n#7 5.2 ERROR: No matching distribution found\n#7 5.3 [notice] pip is old\n",
			"ERROR: Could not find a version that satisfies django==99 / ERROR: No matching distribution found"},
	} {
		want := "the step failed: " + test.want
		if got := explain(test.log + "error: failed to solve: the step failed\n"); got != want {
			t.Errorf("%s: got  %s\nwant %s", name, got, want)
		}
	}
}

func TestToldWhereTheDockerfileIs(t *testing.T) {
	c, err := settle(request())
	if err != nil {
		t.Fatal(err)
	}
	want := "Dockerfile:2: golang:9: not found; `spotguide build --print` shows the Dockerfile, which the agent has written"
	if got := c.told("Dockerfile.spotguide:2: golang:9: not found"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	c.written = nil
	if got := c.told("Dockerfile:2: golang:9: not found"); got != "Dockerfile:2: golang:9: not found" {
		t.Errorf("its own Dockerfile: %s", got)
	}
}

func TestCredentials(t *testing.T) {
	raw := []byte(`{"auths": {"registry.example.com": {"auth": "YWRhOnMzY3JldA=="}}}`)
	found, err := parseCredentials(raw, "registry.example.com")
	if err != nil {
		t.Fatal(err)
	}
	config, err := found.Authorization()
	if err != nil || config.Username != "ada" || config.Password != "s3cret" {
		t.Errorf("credentials %v (%v)", config, err)
	}
	if _, err := parseCredentials(raw, "other.example.com"); err == nil || !strings.Contains(err.Error(), "other.example.com") {
		t.Errorf("error %v", err)
	}
	_, err = parseCredentials([]byte(`{"auths": s3cret}`), "registry.example.com")
	if err == nil || bytes.Contains([]byte(err.Error()), []byte("s3cret")) {
		t.Errorf("error %v", err)
	}
}
