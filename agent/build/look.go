package build

import (
	"context"
	"fmt"
	"slices"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Look tells how far the build of a request is. It starts one where the registry
// has no image of this content and no build of it has failed, or where a person
// has asked again since it failed.
func (b *Builder) Look(ctx context.Context, r Request) (Outcome, error) {
	c, err := settle(r)
	if err != nil {
		return Outcome{}, err
	}
	if !b.jobs.HasSynced() {
		return Outcome{State: Waiting, Message: "waits for the list of builds"}, nil
	}
	job := b.find(c)
	switch {
	case job == nil:
		if done, err := b.finished(ctx, c); done.State == Done || err != nil {
			return done, err
		}
		return b.start(ctx, c)
	case ended(job) != "":
		return b.outcome(ctx, c, job)
	}
	b.sources.offer(job.Annotations[annotationToken], c) // maybe another agent started it
	return Outcome{State: Running, Job: job.Name, Notices: c.notices}, nil
}

// outcome is what came of a Job that has ended.
func (b *Builder) outcome(ctx context.Context, c recipe, job *batchv1.Job) (Outcome, error) {
	failed := Outcome{State: Failed, Job: job.Name, Notices: c.notices}
	if ended(job) == batchv1.JobComplete {
		if done, err := b.finished(ctx, c); done.State == Done || err != nil {
			return done, err
		}
		failed.Message = fmt.Sprintf("it ended well, but the registry has no %s:%s: was it removed, or does %s name another registry for the build than for the agent?",
			c.image(b.opt.Registry), c.tag, b.opt.Registry)
	}
	if c.Asked != job.Annotations[annotationAsked] {
		return b.again(ctx, c, job)
	}
	if failed.Message != "" {
		return failed, nil
	}
	words, err := b.lastWords(ctx, job, c)
	failed.Message = c.told(words)
	return failed, err
}

// finished finds the image in the registry.
func (b *Builder) finished(ctx context.Context, c recipe) (Outcome, error) {
	tagged := c.image(b.opt.Registry) + ":" + c.tag
	b.mu.Lock()
	digest := b.built[tagged]
	b.mu.Unlock()
	if digest == "" {
		var err error
		if digest, err = b.registry.digest(ctx, tagged); err != nil || digest == "" {
			return Outcome{}, err
		}
		b.mu.Lock()
		b.built[tagged] = digest
		b.mu.Unlock()
	}
	return Outcome{State: Done, Image: c.image(b.opt.Registry) + "@" + digest, Job: jobName(c), Notices: c.notices}, nil
}

// again takes a Job away that has ended, so that another one can take its place.
func (b *Builder) again(ctx context.Context, c recipe, job *batchv1.Job) (Outcome, error) {
	background := metav1.DeletePropagationBackground
	err := b.client.BatchV1().Jobs(job.Namespace).Delete(ctx, job.Name, metav1.DeleteOptions{
		PropagationPolicy: &background, Preconditions: &metav1.Preconditions{UID: &job.UID},
	})
	if err != nil && !apierrors.IsNotFound(err) {
		return Outcome{}, fmt.Errorf("remove ended build %s/%s: %w", job.Namespace, job.Name, err)
	}
	return Outcome{State: Waiting, Message: "is built again", Notices: c.notices}, nil // the watch wakes us
}

// lastWords says why a build failed, by its newest pod's log, else by its Job.
func (b *Builder) lastWords(ctx context.Context, job *batchv1.Job, c recipe) (string, error) {
	pods, err := b.client.CoreV1().Pods(job.Namespace).List(ctx, metav1.ListOptions{LabelSelector: batchv1.JobNameLabel + "=" + job.Name})
	if err != nil {
		return "", fmt.Errorf("read pods of build %s/%s: %w", job.Namespace, job.Name, err)
	}
	newest, message := metav1.Time{}, ""
	for _, pod := range pods.Items {
		for _, s := range slices.Concat(pod.Status.InitContainerStatuses, pod.Status.ContainerStatuses) {
			if end := s.State.Terminated; end != nil && strings.TrimSpace(end.Message) != "" && newest.Before(&end.FinishedAt) {
				newest, message = end.FinishedAt, c.explain(end.Message)
			}
		}
	}
	if message != "" {
		return message, nil
	}
	for _, condition := range job.Status.Conditions {
		if condition.Type == batchv1.JobFailed {
			message = strings.TrimSpace(condition.Reason + ": " + condition.Message)
		}
	}
	return message, nil
}
