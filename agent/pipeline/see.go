package pipeline

import (
	"context"
	"fmt"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// See tells how far a Job is.
func (r *Runner) See(ctx context.Context, namespace, name string) (Sight, error) {
	if !r.jobs.HasSynced() {
		return Sight{State: Unknown}, nil
	}
	key := namespace + "/" + name
	o, exists, err := r.jobs.GetStore().GetByKey(key)
	if err != nil {
		return Sight{}, fmt.Errorf("look up Job %s: %w", key, err)
	}
	job, ok := o.(*batchv1.Job)
	if !exists || !ok {
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.started[key] {
			return Sight{State: Running, StartedAt: time.Now().UTC().Truncate(time.Second)}, nil
		}
		return Sight{State: Absent}, nil
	}
	seen := Sight{State: Running, StartedAt: job.CreationTimestamp.UTC()}
	if job.Status.StartTime != nil {
		seen.StartedAt = job.Status.StartTime.UTC()
	}
	switch end := ended(job); {
	case end == nil:
		seen.Message = r.waits(job)
	case end.Type == batchv1.JobComplete:
		seen.State, seen.FinishedAt = Succeeded, end.LastTransitionTime.UTC()
	default:
		seen.State, seen.FinishedAt = Failed, end.LastTransitionTime.UTC()
		seen.Message, err = r.lastWords(ctx, job, end)
	}
	return seen, err
}

// ended is the condition with which a Job has ended, nil while it has not.
func ended(job *batchv1.Job) *batchv1.JobCondition {
	for i, c := range job.Status.Conditions {
		if (c.Type == batchv1.JobComplete || c.Type == batchv1.JobFailed) && c.Status == corev1.ConditionTrue {
			return &job.Status.Conditions[i]
		}
	}
	return nil
}

// lastWords says why a Job failed: by its newest pod, else by its condition.
func (r *Runner) lastWords(ctx context.Context, job *batchv1.Job, end *batchv1.JobCondition) (string, error) {
	pods, err := r.client.CoreV1().Pods(job.Namespace).List(ctx, metav1.ListOptions{LabelSelector: batchv1.JobNameLabel + "=" + job.Name})
	if err != nil {
		return "", fmt.Errorf("read pods of step's Job %s/%s: %w", job.Namespace, job.Name, err)
	}
	return explain(job, end, pods.Items), nil
}

// explain says why a Job failed.
func explain(job *batchv1.Job, end *batchv1.JobCondition, pods []corev1.Pod) string {
	var last *corev1.ContainerStateTerminated
	var waits string
	for i := range pods {
		for _, s := range pods[i].Status.ContainerStatuses {
			if t := s.State.Terminated; t != nil && (last == nil || last.FinishedAt.Before(&t.FinishedAt)) {
				last = t
			}
		}
		if text := waiting(&pods[i]); text != "" {
			waits = text
		}
	}
	if end.Reason == batchv1.JobReasonDeadlineExceeded {
		message := fmt.Sprintf("it did not end within %s", time.Duration(*job.Spec.ActiveDeadlineSeconds)*time.Second)
		if waits != "" {
			message += ": " + waits
		}
		return message
	}
	if last == nil {
		return strings.TrimSpace(end.Reason + ": " + end.Message)
	}
	message := fmt.Sprintf("exit code %d", last.ExitCode)
	if last.Reason != "" && last.Reason != "Error" {
		message += " (" + last.Reason + ")"
	}
	if words := tail(last.Message); words != "" {
		message += ": " + words
	}
	return message
}

// waiting is the fault for which a pod's container does not start; empty when it
// is on its way.
func waiting(pod *corev1.Pod) string {
	for _, s := range pod.Status.ContainerStatuses {
		switch w := s.State.Waiting; {
		case w == nil || w.Reason == "ContainerCreating" || w.Reason == "PodInitializing":
		case w.Message == "":
			return w.Reason
		default:
			return w.Reason + ": " + w.Message
		}
	}
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse {
			return c.Reason + ": " + c.Message
		}
	}
	return ""
}

// The most of a step's own last words that are told.
const (
	wordLines = 3
	wordBytes = 400
)

// tail is the end of a log on one line.
func tail(log string) string {
	var lines []string
	for line := range strings.Lines(log) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	lines = lines[max(0, len(lines)-wordLines):]
	words := strings.Join(lines, " / ")
	if over := len(words) - wordBytes; over > 0 {
		words = "... " + strings.ToValidUTF8(words[over:], "")
	}
	return words
}
