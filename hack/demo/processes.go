package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// start runs a program that outlives the demo. Its output goes to NAME.log, its
// process id and start time to NAME.pid, so that only it is ever stopped.
func (s *stage) start(name string, binary string, args ...string) error {
	log, err := os.Create(s.path(name + ".log"))
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(binary, args...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	pid := cmd.Process.Pid
	mark := fmt.Sprintf("%d %s\n", pid, startTime(pid))
	if err := os.WriteFile(s.path(name+".pid"), []byte(mark), 0o644); err != nil {
		return errors.Join(err, cmd.Process.Kill())
	}
	return cmd.Process.Release()
}

// stopProcesses stops what start has started and still runs.
func (s *stage) stopProcesses() error {
	files, err := filepath.Glob(s.path("*.pid"))
	if err != nil {
		return err
	}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		id, started, _ := strings.Cut(strings.TrimSpace(string(raw)), " ")
		if pid, err := strconv.Atoi(id); err == nil && started != "" && startTime(pid) == started {
			if err := end(pid, started); err != nil {
				return fmt.Errorf("stop %s: %w", file, err)
			}
		}
		if err := os.Remove(file); err != nil {
			return err
		}
	}
	return nil
}

// end asks a process to stop and kills it when it does not.
func end(pid int, started string) error {
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		return err
	}
	for range 100 {
		if startTime(pid) != started {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return syscall.Kill(pid, syscall.SIGKILL)
}

// startTime of a process in clock ticks since boot, "" when there is none. A
// process id alone may by now belong to something else.
func startTime(pid int) string {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return ""
	}
	_, rest, _ := strings.Cut(string(raw), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 20 || fields[0] == "Z" {
		return ""
	}
	return fields[19]
}

// down stops everything and removes the folder.
func (s *stage) down(ctx context.Context) error {
	if err := s.stopProcesses(); err != nil {
		return err
	}
	if _, err := os.Stat(s.path("cluster")); err == nil {
		if err := visibly(ctx, "bin/cluster", "down", "--dir", s.path("cluster")); err != nil {
			return err
		}
	}
	if err := os.RemoveAll(s.dir); err != nil {
		return err
	}
	fmt.Println("The demo is gone.")
	return nil
}
