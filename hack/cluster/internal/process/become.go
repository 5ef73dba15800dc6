package process

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/spotguide/spotguide/hack/cluster/internal/cgroup"
)

// Become records this process, moves it into its control group and network
// namespace and turns it into another program where the component is a path.
// It returns the component's name and arguments where it is compiled in.
//
// The record comes first: where its folder is gone the cluster is being taken
// down, and the process must end instead of starting.
func Become(args []string) (component []string, err error) {
	if len(args) < 4 {
		return nil, fmt.Errorf("%s: want a record file, a network namespace, a control group and a component", BecomeArg)
	}
	record, netns, group, component := args[0], args[1], args[2], args[3:]
	if record != "" {
		if err := WriteRecord(record, os.Getpid()); err != nil {
			return nil, err
		}
	}
	if group != "" {
		g, err := cgroup.Open(group)
		if err != nil {
			return nil, err
		}
		if err := g.Join(); err != nil {
			return nil, err
		}
	}
	if netns != "" {
		return nil, enter(netns, component)
	}
	if strings.Contains(component[0], "/") {
		return nil, execute(component[0], component)
	}
	return component, nil
}

// enter changes the network namespace of this thread alone, so only a program
// started afresh from the thread is wholly inside.
func enter(netns string, component []string) error {
	runtime.LockOSThread()
	f, err := os.Open(netns)
	if err != nil {
		return fmt.Errorf("network namespace: %w", err)
	}
	defer f.Close()
	if err := unix.Setns(int(f.Fd()), unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("enter network namespace %s: %w", netns, err)
	}
	if strings.Contains(component[0], "/") {
		return execute(component[0], component)
	}
	return execute(Self, append([]string{selfName}, component...))
}

func execute(program string, argv []string) error {
	if err := syscall.Exec(program, argv, os.Environ()); err != nil {
		return fmt.Errorf("execute %s: %w", program, err)
	}
	return nil
}
