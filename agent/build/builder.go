package build

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"sync"

	batchv1 "k8s.io/api/batch/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

// Builder builds images. Its methods may be called at once by several goroutines.
type Builder struct {
	opt      Options
	client   kubernetes.Interface
	registry registry
	sources  *sources
	jobs     cache.SharedIndexInformer
	wake     func(namespace, application string)
	log      *slog.Logger

	mu      sync.Mutex
	built   map[string]string // digests by image and tag
	started map[string]bool   // Jobs that the watch has not shown yet
	waiting map[[2]string]bool
}

// New makes a Builder that calls wake, from its own goroutines, whenever a build
// of an application has come further.
func New(client kubernetes.Interface, opt Options, wake func(namespace, application string), log *slog.Logger) *Builder {
	factory := informers.NewSharedInformerFactoryWithOptions(client, 0, informers.WithNamespace(opt.Namespace),
		informers.WithTweakListOptions(func(o *metav1.ListOptions) { o.LabelSelector = Selector }))
	return &Builder{
		opt: opt, client: client, registry: registry{client, opt},
		sources: &sources{log: log, recipes: map[string]recipe{}},
		jobs:    factory.Batch().V1().Jobs().Informer(), wake: wake, log: log,
		built: map[string]string{}, started: map[string]bool{}, waiting: map[[2]string]bool{},
	}
}

// Sources serves GET /sources/{token}, where running builds get their source.
func (b *Builder) Sources() http.Handler { return b.sources }

// Run watches the builds until ctx ends. Builds go on without the agent.
func (b *Builder) Run(ctx context.Context) error {
	_, err := b.jobs.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(o any) { b.seen(o) },
		UpdateFunc: func(_, o any) { b.seen(o) },
		DeleteFunc: func(o any) { b.seen(o) },
	})
	if err != nil {
		return fmt.Errorf("watch builds: %w", err)
	}
	b.jobs.RunWithContext(ctx)
	return nil
}

// seen wakes whom a Job concerns: its application, and when it has ended those
// that wait for their turn.
func (b *Builder) seen(o any) {
	if gone, ok := o.(cache.DeletedFinalStateUnknown); ok {
		o = gone.Obj
	}
	job, ok := o.(*batchv1.Job)
	if !ok {
		return
	}
	b.mu.Lock()
	delete(b.started, job.Name)
	woken := [][2]string{{job.Labels[LabelNamespace], job.Labels[LabelApplication]}}
	if ended(job) != "" {
		for who := range b.waiting {
			woken = append(woken, who)
		}
		clear(b.waiting)
	}
	b.mu.Unlock()
	if ended(job) != "" {
		b.sources.withdraw(job.Annotations[annotationToken])
	}
	for _, who := range woken {
		b.wake(who[0], who[1])
	}
}

// ended is the condition with which a Job has ended, "" while it has not.
func ended(job *batchv1.Job) batchv1.JobConditionType {
	for _, c := range job.Status.Conditions {
		if (c.Type == batchv1.JobComplete || c.Type == batchv1.JobFailed) && c.Status == "True" {
			return c.Type
		}
	}
	return ""
}

// running counts the builds that have not ended.
func (b *Builder) running() int {
	n := len(b.started)
	for _, o := range b.jobs.GetStore().List() {
		if job, ok := o.(*batchv1.Job); ok && ended(job) == "" {
			n++
		}
	}
	return n
}

// find returns the Job of a recipe, nil when there is none.
func (b *Builder) find(c recipe) *batchv1.Job {
	o, exists, err := b.jobs.GetStore().GetByKey(b.opt.Namespace + "/" + jobName(c))
	if err != nil || !exists {
		return nil
	}
	return o.(*batchv1.Job)
}

// start makes the Job of a recipe, or waits for others to end.
func (b *Builder) start(ctx context.Context, c recipe) (Outcome, error) {
	if c.compiled != nil && b.opt.Agent == "" {
		return Outcome{State: Failed, Message: "build.method ko needs the agent's own image, which its operator names by --build-agent-image", Notices: c.notices}, nil
	}
	b.mu.Lock()
	if b.started[jobName(c)] {
		b.mu.Unlock()
		return Outcome{State: Running, Job: jobName(c), Notices: c.notices}, nil
	}
	if b.running() >= b.opt.Concurrency {
		b.waiting[[2]string{c.Namespace, c.Application}] = true
		b.mu.Unlock()
		return Outcome{State: Waiting, Message: fmt.Sprintf("waits for its turn: at most %d at once", b.opt.Concurrency), Notices: c.notices}, nil
	}
	b.started[jobName(c)] = true
	b.mu.Unlock()

	token := newToken()
	b.sources.offer(token, c)
	_, err := b.client.BatchV1().Jobs(b.opt.Namespace).Create(ctx, job(b.opt, c, token), metav1.CreateOptions{FieldManager: "spotguide"})
	if err != nil {
		b.sources.withdraw(token)
		b.mu.Lock()
		delete(b.started, jobName(c))
		b.mu.Unlock()
		if !apierrors.IsAlreadyExists(err) {
			return Outcome{}, fmt.Errorf("start build of %s/%s: create Job %s/%s: %w", c.Namespace, c.Application, b.opt.Namespace, jobName(c), err)
		}
	} else {
		b.log.Info("build started", "namespace", c.Namespace, "application", c.Application, "job", jobName(c))
	}
	return Outcome{State: Running, Job: jobName(c), Notices: c.notices}, nil
}
