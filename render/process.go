package render

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sync"
)

var (
	// errStale: the worker ended, of itself, before it took the job.
	errStale = errors.New("the worker had ended")
	// errSlow is why a rendering is cut short that takes too long.
	errSlow = errors.New("rendering took too long")
)

// process is one worker process, used for one rendering at a time.
type process struct {
	cmd    *exec.Cmd
	stdin  io.Closer
	wire   *wire
	stderr *tail
	limits Limits

	frames chan frame
	// ended is closed when the process is gone and has been waited for.
	ended chan struct{}
	// unwanted is closed when nobody takes frames any more.
	unwanted chan struct{}
	killOnce sync.Once
}

type frame struct {
	message
	body []byte
}

// start runs a worker and greets it. The process lives until it is ended.
func start(command []string, limits Limits) (*process, error) {
	if len(command) == 0 {
		return nil, errors.New("start worker: this renderer was given no worker command")
	}
	p := &process{
		stderr: &tail{}, limits: limits, frames: make(chan frame),
		ended: make(chan struct{}), unwanted: make(chan struct{}),
	}
	p.cmd = exec.Command(command[0], command[1:]...)
	p.cmd.Env = []string{"GOTRACEBACK=single"}
	p.cmd.Dir = "/"
	p.cmd.Stderr = p.stderr
	in, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start worker: %w", err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start worker: %w", err)
	}
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start worker: %w", err)
	}
	p.stdin, p.wire = in, newWire(out, in, bodyLimit(limits))
	go p.listen()
	if err := p.wire.send(message{Op: opHello, Limits: &limits}, nil); err != nil {
		p.end()
		return nil, fmt.Errorf("start worker: %w: %s", err, p.stderr)
	}
	return p, nil
}

// listen hands on what the worker sends until it ends, and reaps it.
func (p *process) listen() {
	defer close(p.ended)
	for {
		m, body, err := p.wire.receive()
		if err != nil {
			break
		}
		select {
		case p.frames <- frame{m, body}:
		case <-p.unwanted:
		}
	}
	// It has closed its output or sent what is no frame: either way it is done.
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// render has the worker do one job. After an error the process has ended.
func (p *process) render(ctx context.Context, j job) (Result, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, p.limits.Timeout, errSlow)
	defer cancel()
	stop := context.AfterFunc(ctx, p.kill)
	defer stop()
	done, err := p.exchange(j)
	if err != nil {
		p.end()
		return Result{Inputs: []string{j.Dir}}, p.explain(ctx, j, err)
	}
	return done.Done.result(done.body)
}

// exchange sends the job and serves the worker's questions until it is done.
func (p *process) exchange(j job) (frame, error) {
	if err := p.wire.send(message{Op: opRender, Job: &j}, nil); err != nil {
		<-p.ended
		return frame{}, err
	}
	for asked := false; ; asked = true {
		select {
		case f := <-p.frames:
			if f.Op == opDone && f.Done != nil {
				return f, nil
			}
			if err := serveTree(p.wire, j, f.message); err != nil {
				return frame{}, err
			}
		case <-p.ended:
			if !asked && p.endedByItself() {
				return frame{}, errStale
			}
			return frame{}, io.ErrUnexpectedEOF
		}
	}
}

// isAlive is false once the process has ended.
func (p *process) isAlive() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// kill ends the process without waiting. It may be called more than once.
func (p *process) kill() {
	p.killOnce.Do(func() { close(p.unwanted) })
	_ = p.cmd.Process.Kill()
}

// end kills the process and waits until it is gone.
func (p *process) end() {
	p.kill()
	<-p.ended
}

// dismiss lets an idle worker end and waits until it is gone.
func (p *process) dismiss() {
	_ = p.stdin.Close()
	<-p.ended
}
