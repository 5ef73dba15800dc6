package render

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/spotguide/spotguide/spotguides/guide"
)

const workerArgument = "render-worker"

func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == workerArgument {
		if err := RunWorker(context.Background(), os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	if len(os.Args) == 3 && os.Args[1] == probeArgument {
		fmt.Print("confined: " + probe(os.Args[2]))
		return
	}
	os.Exit(m.Run())
}

// renderer is one with workers, closed when the test ends.
func renderer(t testing.TB, limits Limits) *Renderer {
	t.Helper()
	r := New(Options{Limits: limits, Worker: []string{os.Args[0], workerArgument}})
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// chartFiles is a chart in chart/ with the given templates.
func chartFiles(templates ...string) map[string]string {
	files := map[string]string{"chart/Chart.yaml": "apiVersion: v2\nname: thing\nversion: 1.0.0\n"}
	for i, text := range templates {
		files[fmt.Sprintf("chart/templates/%c.yaml", 'a'+i)] = text
	}
	return files
}

func TestWorkerAgreesWithInProcess(t *testing.T) {
	r := renderer(t, Limits{})
	for _, file := range goldenFiles(t) {
		req, want := readGolden(t, parseGolden(t, file))
		result, err := r.Render(t.Context(), req)
		diff(t, want, show(t, result, err))
	}
}

func TestWorkerIsReused(t *testing.T) {
	r := renderer(t, Limits{})
	req := request(guide.EngineHelm, chartFiles(configMap+"x"), "chart")
	for range 3 {
		if _, err := r.Render(t.Context(), req); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(r.workers.idle); n != 1 {
		t.Fatalf("%d idle workers after renderings one after another, want 1", n)
	}
	w := r.workers.idle[0]
	w.end()
	if _, err := r.Render(t.Context(), req); err != nil {
		t.Fatalf("after the idle worker died: %v", err)
	}
	if r.workers.idle[0] == w {
		t.Error("the dead worker is still there")
	}
}

func TestIdleWorkerEnds(t *testing.T) {
	r := renderer(t, Limits{Idle: 10 * time.Millisecond})
	req := request(guide.EngineHelm, chartFiles(configMap+"x"), "chart")
	for range 3 {
		if _, err := r.Render(t.Context(), req); err != nil {
			t.Fatal(err)
		}
		for _, w := range r.workers.idle {
			<-w.ended
		}
	}
}

func TestWorkersRunSideBySide(t *testing.T) {
	r := renderer(t, Limits{})
	var group errgroup.Group
	for i := range 8 {
		name := fmt.Sprintf("x%d", i)
		group.Go(func() error {
			result, err := r.Render(t.Context(), request(guide.EngineHelm, chartFiles(configMap+name), "chart"))
			if err == nil && result.Objects[0].GetName() != name {
				err = fmt.Errorf("%s was given to %s", result.Objects[0].GetName(), name)
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
	if n := len(r.workers.idle); n < 1 || n > 2 {
		t.Errorf("%d workers, want at most 2", n)
	}
}

func TestHeavyManifestsGoToAWorker(t *testing.T) {
	r := renderer(t, Limits{})
	var big strings.Builder
	for i := range heavyNodes {
		fmt.Fprintf(&big, "  key%d: value\n", i)
	}
	req := request(guide.EngineManifests, map[string]string{"a.yaml": configMap + "big\ndata:\n" + big.String()}, ".")
	result, err := r.Render(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	diff(t, []string{"a.yaml:1: ConfigMap big"}, names(result))
	if len(r.workers.idle) != 1 {
		t.Error("no worker was used")
	}
}

func TestBombs(t *testing.T) {
	limits := Limits{Memory: 96 << 20, Objects: 100, ObjectBytes: 64 << 10, OutputBytes: 256 << 10}
	tests := map[string]struct {
		template string
		want     string
	}{
		"memory at once":   {`{{ repeat 2000000000 "x" }}`, "more than 96 MiB of memory"},
		"memory by and by": {`{{ range until 2000000 }}{{ repeat 1000 "x" }}{{ end }}`, "more than 96 MiB of memory"},
		"recursion":        {`{{ define "x" }}{{ include "x" . }}{{ end }}{{ include "x" . }}`, "nested reference name: x"},
		"objects":          {"{{ range until 101 }}---\n" + configMap + "c{{ . }}\n{{ end }}", "101 objects, more than the 100"},
		"one object":       {configMap + "big\ndata:\n  x: {{ repeat 70000 \"x\" }}\n", "larger than 64 KiB"},
		"all objects":      {"{{ range until 20 }}---\n" + configMap + "c{{ . }}\ndata:\n  x: {{ repeat 20000 \"x\" }}\n{{ end }}", "larger than 256 KiB in all"},
		"aliases":          {aliasBomb, "aliases"},
	}
	r := renderer(t, limits)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := r.Render(t.Context(), request(guide.EngineHelm, chartFiles(tt.template), "chart"))
			blamed(t, err, tt.want)
		})
	}
	t.Run("and the next is served", func(t *testing.T) {
		if _, err := r.Render(t.Context(), request(guide.EngineHelm, chartFiles(configMap+"x"), "chart")); err != nil {
			t.Fatal(err)
		}
	})
}

// endless takes years.
const endless = `{{ range until 1000000 }}{{ range until 1000000 }}{{ end }}{{ end }}`

func TestSlowRenderingIsCutShort(t *testing.T) {
	r := renderer(t, Limits{Timeout: time.Second})
	_, err := r.Render(t.Context(), request(guide.EngineHelm, chartFiles(endless), "chart"))
	blamed(t, err, "chart: rendering took longer than 1s")
}

// blamed checks that an error says something and blames the repository.
func blamed(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Fatalf("got %.300v, want %q", err, want)
	}
	if len(Errors(err)) == 0 {
		t.Errorf("%v is not blamed on the repository", err)
	}
}

// aliasBomb is nine times nine times ... the first list.
var aliasBomb = func() string {
	var b strings.Builder
	b.WriteString(configMap + "bomb\nx0: &x0 [" + strings.Repeat("lol, ", 9) + "lol]\n")
	for i := 1; i < 9; i++ {
		fmt.Fprintf(&b, "x%d: &x%d [%s*x%d]\n", i, i, strings.Repeat(fmt.Sprintf("*x%d, ", i-1), 8), i-1)
	}
	return b.String()
}()

func TestAliasBombs(t *testing.T) {
	wide := configMap + "wide\na: &a " + strings.Repeat("x", 5000) + "\nb: [" + strings.Repeat("*a, ", 1000) + "*a]\n"
	for name, text := range map[string]string{"deep": aliasBomb, "wide": wide, "self": configMap + "self\na: &a\n  b: *a\n"} {
		t.Run(name, func(t *testing.T) {
			_, err := inProcess(t, request(guide.EngineManifests, map[string]string{"a.yaml": text}, "."))
			if err == nil || !strings.Contains(err.Error(), "alias") {
				t.Fatalf("got %v, want aliases refused", err)
			}
		})
	}
	fine := configMap + "fine\nmetadata2: &m {labels: {a: b}}\ncopies: [" + strings.Repeat("*m, ", 20) + "*m]\n"
	if _, err := inProcess(t, request(guide.EngineManifests, map[string]string{"a.yaml": fine}, ".")); err != nil {
		t.Errorf("ordinary aliases: %v", err)
	}
}

// listener counts who connects to it.
func listener(t *testing.T) (address string, connections *atomic.Int32) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	connections = new(atomic.Int32)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			_ = c.Close()
		}
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	return l.Addr().String(), connections
}

// fsReader is what a tree in memory can do.
type fsReader interface {
	fs.StatFS
	fs.ReadDirFS
	fs.ReadFileFS
}

// cancelling cancels as soon as a template is read.
type cancelling struct {
	fsReader
	cancel context.CancelFunc
}

func (c cancelling) ReadFile(name string) ([]byte, error) {
	if strings.Contains(name, "templates/") {
		c.cancel()
	}
	return c.fsReader.ReadFile(name)
}

func TestCancelledRenderingBlamesNobody(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	req := request(guide.EngineHelm, chartFiles(endless), "chart")
	req.Tree = cancelling{req.Tree.(fsReader), cancel}
	_, err := renderer(t, Limits{}).Render(ctx, req)
	if !errors.Is(err, context.Canceled) || Errors(err) != nil {
		t.Errorf("got %v, want only that it was cancelled", err)
	}
}

func TestNoWorkerCommand(t *testing.T) {
	_, err := New(Options{}).Render(t.Context(), request(guide.EngineHelm, chartFiles(), "chart"))
	if err == nil || Errors(err) != nil || !strings.Contains(err.Error(), "no worker command") {
		t.Errorf("got %v", err)
	}
	_, err = New(Options{Worker: []string{"/nonexistent"}}).Render(t.Context(), request(guide.EngineHelm, chartFiles(), "chart"))
	if err == nil || Errors(err) != nil {
		t.Errorf("got %v, want an error that is none of the repository's", err)
	}
}

func TestServeRefusesNonsense(t *testing.T) {
	for _, input := range []string{"\x00\x00\x00\x02\x00\x00\x00\x00{}", "\xff\xff\xff\xff\x00\x00\x00\x00", "\x00\x00\x00\x01\x00\x00\x00\x00{"} {
		if err := serveInput(input); err == nil {
			t.Errorf("%q: no error", input)
		}
	}
}

// serveInput serves input in this process.
func serveInput(input string) error {
	return serve(context.Background(), newWire(strings.NewReader(input), io.Discard, 1<<20), func(bool) {})
}
