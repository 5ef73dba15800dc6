// Package cgroup keeps all that runs on one real node in control groups of its
// own, so that the node can be killed as a whole and nothing else with it.
package cgroup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// daemons is the leaf for what is not a container: in the second version of
// control groups a group with children may hold no process itself.
const daemons = "daemons"

// Group is a control group, the same path in every hierarchy of this machine.
type Group struct {
	Name        string
	hierarchies []string
	unified     bool
	// beside is a second-version hierarchy beside the first: it has no
	// controllers, but runc makes groups in it.
	beside []string
}

// Open finds the hierarchies; the group need not exist.
func Open(name string) (Group, error) {
	data, err := os.ReadFile("/proc/mounts")
	if err != nil {
		return Group{}, fmt.Errorf("control groups: %w", err)
	}
	g := Group{Name: name}
	var second []string
	for line := range strings.Lines(string(data)) {
		fields := strings.Fields(line)
		switch {
		case len(fields) > 2 && fields[2] == "cgroup":
			g.hierarchies = append(g.hierarchies, fields[1])
		case len(fields) > 2 && fields[2] == "cgroup2":
			second = append(second, fields[1])
		}
	}
	g.beside = second
	if len(g.hierarchies) == 0 {
		g.hierarchies, g.beside, g.unified = second, nil, true
	}
	if len(g.hierarchies) == 0 {
		return Group{}, errors.New("control groups: none is mounted on this machine")
	}
	return g, nil
}

// Make makes the group and its leaf for daemons.
func (g Group) Make() error {
	for _, h := range g.hierarchies {
		if g.unified {
			if err := delegate(h); err != nil {
				return err
			}
		}
		for _, dir := range []string{filepath.Join(h, g.Name), filepath.Join(h, g.Name, daemons)} {
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return fmt.Errorf("control group: %w", err)
			}
			if err := inheritCPUs(dir); err != nil {
				return err
			}
		}
		if g.unified {
			if err := delegate(filepath.Join(h, g.Name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// inheritCPUs fills in what a new group of the first version's cpuset lacks.
func inheritCPUs(dir string) error {
	for _, name := range []string{"cpuset.cpus", "cpuset.mems"} {
		value, err := os.ReadFile(filepath.Join(filepath.Dir(dir), name))
		if errors.Is(err, fs.ErrNotExist) {
			return nil // another hierarchy
		}
		if err != nil {
			return fmt.Errorf("control group: %w", err)
		}
		if len(strings.TrimSpace(string(value))) == 0 {
			return nil
		}
		if err := os.WriteFile(filepath.Join(dir, name), value, 0o644); err != nil {
			return fmt.Errorf("control group: %w", err)
		}
	}
	return nil
}

// delegate lets a group's children have the controllers that the kubelet needs.
func delegate(dir string) error {
	err := os.WriteFile(filepath.Join(dir, "cgroup.subtree_control"), []byte("+cpu +cpuset +memory +pids"), 0o644)
	if err != nil {
		return fmt.Errorf("control group %s: %w", dir, err)
	}
	return nil
}

// Join moves this process in; what it starts is in too.
func (g Group) Join() error {
	for _, h := range g.hierarchies {
		err := os.WriteFile(filepath.Join(h, g.Name, daemons, "cgroup.procs"), []byte("0"), 0o644)
		if err != nil {
			return fmt.Errorf("join control group: %w", err)
		}
	}
	return nil
}

// Kill ends every process in the group and below, and returns when none is left.
func (g Group) Kill() error {
	for range 200 {
		pids := g.processes()
		if len(pids) == 0 {
			return nil
		}
		for _, pid := range pids {
			// one that ended meanwhile is what is wanted
			_ = unix.Kill(pid, unix.SIGKILL)
		}
		time.Sleep(25 * time.Millisecond)
	}
	return fmt.Errorf("control group %s: processes %v do not end", g.Name, g.processes())
}
