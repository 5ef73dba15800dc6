package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/spotguide/spotguide/hack/rig"
)

// requests is how many requests the agent has made to the API server.
func (f *field) requests(ctx context.Context) (int, error) {
	text, err := rig.Get(ctx, "http://"+f.AgentAddress+"/metrics")
	if err != nil {
		return 0, err
	}
	sum := 0.0
	for line := range strings.SplitSeq(text, "\n") {
		if !strings.HasPrefix(line, "spotguide_api_requests_total") {
			continue
		}
		value, err := strconv.ParseFloat(line[strings.LastIndex(line, " ")+1:], 64)
		if err != nil {
			return 0, fmt.Errorf("metrics: %q: %w", line, err)
		}
		sum += value
	}
	return int(sum), nil
}

// quiet waits until the agent has made no request for a while, and Kubernetes'
// controllers have caught up.
func (f *field) quiet(ctx context.Context) error {
	if err := f.settled(ctx); err != nil {
		return err
	}
	return f.quietFor(ctx, 2*time.Second)
}

func (f *field) quietFor(ctx context.Context, rest time.Duration) error {
	last, since := -1, time.Now()
	return rig.Until(ctx, "the agent to be quiet", patience, func() bool {
		now, err := f.requests(ctx)
		if err != nil || now != last {
			last, since = now, time.Now()
		}
		return time.Since(since) > rest
	})
}

// weigh reads the agent's memory, with that of the workers that it has started.
func (f *field) weigh(_ context.Context, r *report, _ int) error {
	pids := []int{f.Agent.Process.Pid}
	children, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pids[0]))
	if err != nil {
		return err
	}
	for _, file := range children {
		raw, err := os.ReadFile(file)
		if err != nil {
			continue // a thread that has ended
		}
		for _, word := range strings.Fields(string(raw)) {
			if pid, err := strconv.Atoi(word); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	for _, pid := range pids {
		raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
		if err != nil {
			return fmt.Errorf("agent's memory: %w", err)
		}
		for line := range strings.SplitSeq(string(raw), "\n") {
			var kib int
			if _, err := fmt.Sscanf(line, "VmHWM: %d kB", &kib); err == nil {
				r.memory += kib
			}
			if _, err := fmt.Sscanf(line, "VmRSS: %d kB", &kib); err == nil {
				r.idle += kib
			}
		}
	}
	fmt.Printf("  memory                %8.0f MiB peak, %.0f MiB now\n", float64(r.memory)/1024, float64(r.idle)/1024)
	return nil
}

func imageOf(object runtime.Object) string {
	if d, ok := object.(*appsv1.Deployment); ok {
		return d.Spec.Template.Spec.Containers[0].Image
	}
	return ""
}
