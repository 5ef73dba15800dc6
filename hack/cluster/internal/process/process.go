// Package process starts the components as processes that outlive the command
// that started them, and finds, watches and stops them again.
//
// A component records itself (see Become) before it does anything else, so
// there is no moment at which it runs and Kill would not find it.
package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// BecomeArg is the first argument with which this program is called to turn
// into a component: BecomeArg, record file, network namespace, control group
// (each of the three may be empty), component or path of a program, its
// arguments.
const BecomeArg = "as"

// Self is the program of this process, even where its file has been replaced or
// removed since, as by a build while a cluster comes up.
const Self = "/proc/self/exe"

// selfName is how processes that are this program show in a list.
const selfName = "cluster"

// Spec says what to run.
type Spec struct {
	// Name names the process, its record and its log.
	Name string
	// Component is compiled into this program, or the path of another program.
	Component string
	Args      []string
	Env       []string
	// Netns is the path of the network namespace to run in; empty is this one.
	Netns string
	// Cgroup is the name of the control group to join; empty is this one.
	Cgroup string
	// Records and Logs are the folders of RecordFile and LogFile.
	Records, Logs string
}

// RecordFile is where the process writes down who it is.
func (s Spec) RecordFile() string { return filepath.Join(s.Records, s.Name+".json") }

// LogFile is where its output goes.
func (s Spec) LogFile() string { return filepath.Join(s.Logs, s.Name+".log") }

// Handle is a process that this command started itself.
type Handle struct {
	Spec   Spec
	exited chan struct{}
	state  *os.ProcessState
}

// Start starts the process in a session of its own; it goes on after this
// command has ended.
func Start(ctx context.Context, s Spec) (*Handle, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	log, err := os.OpenFile(s.LogFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("log of %s: %w", s.Name, err)
	}
	defer log.Close()
	// not CommandContext: the component must survive this command
	cmd := exec.Command(Self, append([]string{BecomeArg, s.RecordFile(), s.Netns, s.Cgroup, s.Component}, s.Args...)...)
	cmd.Args[0] = selfName
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Env = append(os.Environ(), s.Env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", s.Name, err)
	}
	h := &Handle{Spec: s, exited: make(chan struct{})}
	go func() {
		// the exit status is in ProcessState; Wait's error only repeats it
		_ = cmd.Wait()
		h.state = cmd.ProcessState
		close(h.exited)
	}()
	return h, nil
}

// ErrExited is what a component that ended by itself is reported with.
var ErrExited = errors.New("ended by itself")

// Err is nil while the process runs, else an ErrExited that carries the last
// lines of its log.
func (h *Handle) Err() error {
	select {
	case <-h.exited:
		return fmt.Errorf("%s %w (%s); its last lines (all of %s):\n%s",
			h.Spec.Name, ErrExited, h.state, h.Spec.LogFile(), Tail(h.Spec.LogFile(), 8))
	default:
		return nil
	}
}
