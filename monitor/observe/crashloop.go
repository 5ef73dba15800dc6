package observe

import (
	"math"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// A container that has crashed twice or more, the last time after less than
// shortRun, is in a loop until it has run for twice as long as it did then, and
// for shortestProof at least.
const (
	shortRun      = 5 * time.Minute
	shortestProof = 30 * time.Second
)

// loopingUntil is the Unix time until which the pod is in a crash loop if
// nothing more happens; 0 when it is in none.
func loopingUntil(p *corev1.Pod) int64 {
	if p.DeletionTimestamp != nil || p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed {
		return 0
	}
	var until int64
	for _, c := range p.Status.InitContainerStatuses {
		until = max(until, containerLoopingUntil(c))
	}
	for _, c := range p.Status.ContainerStatuses {
		until = max(until, containerLoopingUntil(c))
	}
	return until
}

func containerLoopingUntil(c corev1.ContainerStatus) int64 {
	last := c.LastTerminationState.Terminated
	switch {
	case c.State.Waiting != nil && c.State.Waiting.Reason == "CrashLoopBackOff":
		return math.MaxInt64
	case c.RestartCount == 0 || last == nil:
		return 0
	case c.State.Terminated != nil && c.State.Terminated.ExitCode != 0:
		return math.MaxInt64 // again
	case c.State.Running != nil && c.RestartCount > 1:
		lasted := last.FinishedAt.Sub(last.StartedAt.Time)
		if lasted >= shortRun {
			return 0
		}
		return c.State.Running.StartedAt.Add(max(2*lasted, shortestProof)).Unix()
	}
	return 0
}
