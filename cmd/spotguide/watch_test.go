package main

import (
	"bufio"
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/kubernetes"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/test/controlplane"
)

const (
	progressing = `{phase: Progressing, message: waits, applications: [{name: cart, guide: helm, dir: cart, phase: Progressing, message: waits, objects: 2, ready: 1}]}`
	healthy     = `{phase: Healthy, applications: [{name: cart, guide: helm, dir: cart, phase: Healthy, objects: 2, ready: 2}]}`
)

// watched is a watch that runs in a namespace of the test's own.
type watched struct {
	t         *testing.T
	scripted  *scripted
	namespace string
	output    *bufio.Scanner
}

// startWatch runs the watch until the test ends, which must end it without an
// error.
func startWatch(t *testing.T, s statusCommand, all bool, run func(statusCommand, context.Context) error) *watched {
	t.Helper()
	cfg := controlplane.Config(t)
	w := &watched{t: t, scripted: &scripted{cfg: cfg, client: kubernetes.NewForConfigOrDie(cfg)}}
	w.namespace = controlplane.Namespace(t, cfg, map[string]string{binding.Repository: "https://example.com/acme/shop.git"})
	in, out := io.Pipe()
	s.client, s.out = w.scripted.client, out
	if !all {
		s.namespace = w.namespace
	}
	w.output = bufio.NewScanner(in)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer out.Close()
		if err := run(s, ctx); err != nil && ctx.Err() == nil {
			t.Errorf("watch: %v", err)
		}
	}()
	hang := time.AfterFunc(time.Minute, func() { out.CloseWithError(context.DeadlineExceeded) })
	t.Cleanup(func() {
		hang.Stop()
		cancel()
		_, _ = io.Copy(io.Discard, in)
		<-done
	})
	return w
}

func (w *watched) tell(document string) {
	w.t.Helper()
	if err := w.scripted.write(w.namespace, document, ""); err != nil {
		w.t.Fatal(err)
	}
}

// line returns the next line that holds all the words.
func (w *watched) line(words ...string) string {
	w.t.Helper()
next:
	for w.output.Scan() {
		for _, word := range words {
			if !strings.Contains(w.output.Text(), word) {
				continue next
			}
		}
		return w.output.Text()
	}
	w.t.Fatalf("no line with %q: %v", words, w.output.Err())
	return ""
}

// Without a terminal, rows come as they change, below one header.
func TestStream(t *testing.T) {
	w := startWatch(t, statusCommand{}, false, statusCommand.stream)
	w.line("APPLICATION", "PHASE")
	w.line("Pending", "no agent has looked at it yet")
	w.tell(progressing)
	was := w.line("cart")
	if !strings.Contains(was, "Progressing") {
		t.Errorf("at first it is %q", was)
	}
	w.tell(healthy)
	is := w.line("cart")
	if strings.Index(is, "2/2") != strings.Index(was, "1/2") || !strings.Contains(is, "Healthy") {
		t.Errorf("rows do not line up:\n%s\n%s", was, is)
	}
}

func TestStreamOfAllNamespaces(t *testing.T) {
	w := startWatch(t, statusCommand{format: "json"}, true, statusCommand.stream)
	w.tell(healthy)
	w.line(`"namespace": "` + w.namespace + `"`)
	w.line(`"name": "cart"`)
}

// On a terminal the table is drawn anew, and what it showed last stays.
func TestRedraw(t *testing.T) {
	w := startWatch(t, statusCommand{}, false, statusCommand.redraw)
	w.tell(progressing)
	w.line("cart", "Progressing")
	w.tell(healthy)
	w.line("cart", "Healthy")
	w.line("\x1b[H\x1b[2J", "APPLICATION") // from the top once more as time goes by
}

func TestWatchEndsWhenTheNamespaceDoes(t *testing.T) {
	ended := make(chan error, 1)
	w := startWatch(t, statusCommand{}, false, func(s statusCommand, ctx context.Context) error {
		s.namespace = "not-there"
		ended <- s.stream(ctx)
		return nil
	})
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "there is no namespace not-there") {
		t.Errorf("%s: the watch of a namespace that is not there ends with %v", w.namespace, err)
	}
}
