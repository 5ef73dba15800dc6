package observe

import (
	"math"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// How long a restarted container has to run before its crash loop counts as
// over: twice as long as it did the last time, within these bounds. The kubelet
// forgets a back-off after the longer one.
const (
	shortestProof = 30 * time.Second
	longestProof  = 10 * time.Minute
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
	case c.State.Running != nil:
		lasted := last.FinishedAt.Sub(last.StartedAt.Time)
		proof := min(max(2*lasted, shortestProof), longestProof)
		return c.State.Running.StartedAt.Add(proof).Unix()
	}
	return 0
}
