package render

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	kjson "k8s.io/apimachinery/pkg/util/json"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// RunWorker is the whole life of a worker process: it gives up what it does
// not need, then renders what the parent asks for over in and out until in
// ends or nothing has come for a while. Call it before anything else is
// started: from then on the process can open nothing. It ends the process by
// itself when it needs too much memory or its parent has died.
func RunWorker(ctx context.Context, in io.Reader, out io.Writer) error {
	// What a library prints must not get between the frames.
	os.Stdout = os.Stderr
	w := newWire(in, out, 0)
	hello, _, err := w.receive()
	if err != nil {
		return fmt.Errorf("worker: %w", err)
	}
	if hello.Op != opHello || hello.Limits == nil {
		return fmt.Errorf("worker: %q instead of a greeting", hello.Op)
	}
	if err := confine(hello.Limits.Memory); err != nil {
		return fmt.Errorf("worker: %w", err)
	}
	w.maxBody = hello.Limits.FileBytes
	idle := time.AfterFunc(hello.Limits.Idle, func() { os.Exit(0) })
	return serve(ctx, w, func(busy bool) {
		if busy {
			idle.Stop()
			return
		}
		idle.Reset(hello.Limits.Idle)
	})
}

// serve renders until the parent closes the pipe.
func serve(ctx context.Context, w *wire, busy func(bool)) error {
	for {
		m, _, err := w.receive()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("worker: %w", err)
		}
		if m.Op != opRender || m.Job == nil {
			return fmt.Errorf("worker: %q instead of something to render", m.Op)
		}
		busy(true)
		done, body := perform(ctx, *m.Job, w)
		if err := w.send(message{Op: opDone, Done: &done}, body); err != nil {
			return fmt.Errorf("worker: %w", err)
		}
		busy(false)
	}
}

// perform renders one job and makes its result fit to be sent.
func perform(ctx context.Context, j job, w *wire) (finished, []byte) {
	j.tree = remoteFS{wire: w}
	if j.HasChart {
		j.chart = remoteFS{wire: w, chart: true}
	}
	result, err := render(ctx, j)
	done := finished{Inputs: result.Inputs, Notices: result.Notices}
	if err != nil {
		done.fail(err)
		return done, nil
	}
	contents := make([]map[string]any, len(result.Objects))
	for i, o := range result.Objects {
		contents[i] = o.Object
		done.Origins = append(done.Origins, o.Origin)
	}
	body, err := json.Marshal(contents)
	if err == nil && int64(len(body)) > bodyLimit(j.Limits) {
		err = problem(j.Dir, 0, "the objects are larger than %s in all", bytesText(j.Limits.OutputBytes))
	}
	if err != nil {
		done.fail(err)
		return done, nil
	}
	return done, body
}

// bodyLimit leaves room for what JSON escapes.
func bodyLimit(l Limits) int64 { return 2 * l.OutputBytes }

func (f *finished) fail(err error) {
	for _, e := range Errors(err) {
		f.Problems = append(f.Problems, wireProblem{File: e.File, Line: e.Line, Object: e.Object, Text: e.Err.Error()})
	}
	if len(f.Problems) == 0 {
		f.Failure = err.Error()
	}
}

// result is the other end of perform.
func (f *finished) result(body []byte) (Result, error) {
	r := Result{Inputs: f.Inputs, Notices: f.Notices}
	var found problems
	for _, p := range f.Problems {
		found.add(&Error{File: p.File, Line: p.Line, Object: p.Object, Err: errors.New(p.Text)})
	}
	if f.Failure != "" {
		found.add(errors.New(f.Failure))
	}
	if len(found) > 0 {
		return r, found.join()
	}
	var contents []any
	if err := kjson.Unmarshal(body, &contents); err != nil {
		return r, fmt.Errorf("decode objects: %w", err)
	}
	if len(contents) != len(f.Origins) {
		return r, fmt.Errorf("decode objects: %d with %d origins", len(contents), len(f.Origins))
	}
	for i, c := range contents {
		content, ok := c.(map[string]any)
		if !ok {
			return r, fmt.Errorf("decode objects: %s is no map", f.Origins[i])
		}
		r.Objects = append(r.Objects, Object{Unstructured: &unstructured.Unstructured{Object: content}, Origin: f.Origins[i]})
	}
	return r, nil
}
