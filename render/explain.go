package render

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
)

// endedByItself: the process is gone, and for no reason but its idleness.
func (p *process) endedByItself() bool {
	return p.cmd.ProcessState != nil && p.cmd.ProcessState.ExitCode() == 0
}

// explain turns the end of a worker into what it means. What a rendering does
// to its worker is the repository's doing and would happen again.
func (p *process) explain(ctx context.Context, j job, err error) error {
	text := p.stderr.String()
	switch {
	case errors.Is(context.Cause(ctx), errSlow):
		return problem(j.Folder, 0, "rendering took longer than %s", p.limits.Timeout)
	case ctx.Err() != nil:
		return fmt.Errorf("render %s: %w", j.App, context.Cause(ctx))
	case errors.Is(err, errStale):
		return err
	case p.cmd.ProcessState.ExitCode() == exitMemory, p.cmd.ProcessState.ExitCode() < 0 && text == "",
		strings.Contains(text, "out of memory"), strings.Contains(text, "cannot allocate memory"):
		return problem(j.Folder, 0, "rendering needed more than %s of memory", bytesText(p.limits.Memory))
	case strings.Contains(text, "stack overflow"):
		return problem(j.Folder, 0, "rendering went round in circles: something includes itself")
	case text == "":
		return fmt.Errorf("render %s: the worker ended with %s: %w", j.App, p.cmd.ProcessState, err)
	}
	first, _, _ := strings.Cut(text, "\n")
	return problem(j.Folder, 0, "rendering crashed: %s", short(first))
}

// maxTail is how much of a worker's last words is kept.
const maxTail = 16 << 10

// tail keeps the beginning of what a worker writes while it renders.
type tail struct {
	mu   sync.Mutex
	text []byte
}

// Write never fails.
func (t *tail) Write(data []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if room := maxTail - len(t.text); room > 0 {
		t.text = append(t.text, data[:min(room, len(data))]...)
	}
	return len(data), nil
}

// forget drops what was written so far.
func (t *tail) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = nil
}

// String is what Go's runtime says of a death, or nothing.
func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, mark := range []string{"runtime: goroutine stack exceeds", "fatal error: ", "panic: "} {
		if i := strings.Index(string(t.text), mark); i >= 0 {
			return string(t.text[i:])
		}
	}
	return ""
}
