package pipeline

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"

	"github.com/spotguide/spotguide/render"
)

// Labels of a step's Job and its pods. They are not those of applied objects.
const (
	LabelApplication = "spotguide.dev/step-application"
	LabelStep        = "spotguide.dev/step"
	labelManagedBy   = "app.kubernetes.io/managed-by"
	manager          = "spotguide"
)

// Selector finds the steps' Jobs and pods of all applications.
const Selector = LabelStep + "," + labelManagedBy + "=" + manager

// Maker makes and deletes objects as a service account.
type Maker interface {
	Create(ctx context.Context, object *unstructured.Unstructured, identity string) error
	Delete(ctx context.Context, object *unstructured.Unstructured, identity string) error
}

// Runner starts steps' Jobs as their namespace's service account, and watches
// them as itself. It is safe for concurrent use.
type Runner struct {
	client kubernetes.Interface
	maker  Maker
	wake   func(namespace, application string)
	jobs   cache.SharedIndexInformer
	pods   cache.SharedIndexInformer
	log    *slog.Logger

	mu      sync.Mutex
	started map[string]bool // namespace/name of Jobs that the watch has not shown yet
}

// New makes a Runner that calls wake, from its own goroutines, whenever a step of
// an application has come further.
func New(client kubernetes.Interface, maker Maker, wake func(namespace, application string), log *slog.Logger) *Runner {
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0,
		informers.WithTweakListOptions(func(o *metav1.ListOptions) { o.LabelSelector = Selector }))
	return &Runner{
		client: client, maker: maker, wake: wake, log: log,
		jobs: factory.Batch().V1().Jobs().Informer(), pods: factory.Core().V1().Pods().Informer(),
		started: map[string]bool{},
	}
}

// Run watches the steps until ctx ends. They go on without the agent.
func (r *Runner) Run(ctx context.Context) error {
	for _, informer := range []cache.SharedIndexInformer{r.jobs, r.pods} {
		_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
			AddFunc:    func(o any) { r.seen(o) },
			UpdateFunc: func(_, o any) { r.seen(o) },
			DeleteFunc: func(o any) { r.seen(o) },
		})
		if err != nil {
			return fmt.Errorf("watch steps: %w", err)
		}
	}
	var watches sync.WaitGroup
	watches.Go(func() { r.jobs.RunWithContext(ctx) })
	watches.Go(func() { r.pods.RunWithContext(ctx) })
	watches.Wait()
	return nil
}

// seen wakes whom a Job or a pod concerns.
func (r *Runner) seen(o any) {
	if gone, ok := o.(cache.DeletedFinalStateUnknown); ok {
		o = gone.Obj
	}
	seen, ok := o.(metav1.Object)
	if !ok {
		return
	}
	if job, ok := o.(*batchv1.Job); ok {
		r.mu.Lock()
		delete(r.started, job.Namespace+"/"+job.Name)
		r.mu.Unlock()
	}
	r.wake(seen.GetNamespace(), seen.GetLabels()[LabelApplication])
}

// Start makes the Job of a step under its name. One that is there already is the
// one, since its name says what it is for.
func (r *Runner) Start(ctx context.Context, namespace, application, name string, step render.Step, identity string) error {
	job := step.Job.DeepCopy()
	labels := map[string]string{labelManagedBy: manager, LabelApplication: application, LabelStep: step.Name}
	job.Name, job.Namespace, job.Labels, job.Spec.Template.Labels = name, namespace, labels, labels
	object, err := runtime.DefaultUnstructuredConverter.ToUnstructured(job)
	if err != nil {
		return fmt.Errorf("encode Job %s/%s: %w", namespace, name, err)
	}
	delete(object, "status")
	key := namespace + "/" + name
	r.mark(key, true)
	if err := r.maker.Create(ctx, &unstructured.Unstructured{Object: object}, identity); err != nil {
		r.mark(key, false)
		return fmt.Errorf("start step %s: %w", step.Name, err)
	}
	return nil
}

func (r *Runner) mark(key string, started bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if started {
		r.started[key] = true
	} else {
		delete(r.started, key)
	}
}

// Sweep deletes the Jobs of an application but those of the given names. The
// first failure is returned; the next sweep tries again.
func (r *Runner) Sweep(ctx context.Context, namespace, application string, keep []string, identity string) error {
	var failed error
	for _, o := range r.jobs.GetStore().List() {
		job, ok := o.(*batchv1.Job)
		if !ok || job.Namespace != namespace || job.Labels[LabelApplication] != application || slices.Contains(keep, job.Name) {
			continue
		}
		object := &unstructured.Unstructured{}
		object.SetAPIVersion("batch/v1")
		object.SetKind("Job")
		object.SetNamespace(namespace)
		object.SetName(job.Name)
		object.SetUID(job.UID)
		if err := r.maker.Delete(ctx, object, identity); err != nil && failed == nil {
			failed = fmt.Errorf("remove step's Job %s/%s: %w", namespace, job.Name, err)
		}
	}
	return failed
}

// Busy names a step of an application that still runs though it is none of the
// given Jobs; empty when there is none.
func (r *Runner) Busy(namespace, application string, own []string) string {
	for _, o := range r.jobs.GetStore().List() {
		job, ok := o.(*batchv1.Job)
		if ok && job.Namespace == namespace && job.Labels[LabelApplication] == application &&
			!slices.Contains(own, job.Name) && ended(job) == nil && job.DeletionTimestamp == nil {
			return job.Labels[LabelStep]
		}
	}
	return ""
}

// waits tells what a Job's newest pod waits for, as far as that is a fault.
func (r *Runner) waits(job *batchv1.Job) string {
	var newest *corev1.Pod
	for _, o := range r.pods.GetStore().List() {
		pod, ok := o.(*corev1.Pod)
		if ok && pod.Namespace == job.Namespace && pod.Labels[batchv1.JobNameLabel] == job.Name &&
			(newest == nil || newest.CreationTimestamp.Before(&pod.CreationTimestamp)) {
			newest = pod
		}
	}
	if newest == nil {
		return ""
	}
	return waiting(newest)
}
