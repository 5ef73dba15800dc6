package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	applisters "k8s.io/client-go/listers/apps/v1"
	listers "k8s.io/client-go/listers/core/v1"

	"github.com/spotguide/spotguide/hack/rig"
)

// patience bounds every wait.
const patience = 20 * time.Minute

// scene is a cluster in which all applications are well.
type scene struct {
	*rig.Rig
	options
	nodesOf     listers.NodeLister
	podsOf      listers.PodLister
	deployments applisters.DeploymentLister
	stop        context.CancelFunc
	informed    sync.WaitGroup
	now         timeline
	// undo is what the fault of now has to clear away, the last first.
	undo []func(context.Context) error
}

// timeline is what happened in one fault.
type timeline struct {
	fault
	began    time.Time
	lines    []string
	compared []comparison
	failed   error
}

// comparison is one measure of both sides of a pair.
type comparison struct{ what, with, without string }

// newScene deploys the applications and waits until they are well.
func newScene(ctx context.Context, r *rig.Rig, o options) (*scene, error) {
	s := &scene{Rig: r, options: o, now: timeline{began: time.Now()}}
	watching, stop := context.WithCancel(ctx)
	s.stop = stop
	factory := informers.NewSharedInformerFactory(r.Client, 0)
	s.nodesOf, s.podsOf = factory.Core().V1().Nodes().Lister(), factory.Core().V1().Pods().Lister()
	s.deployments = factory.Apps().V1().Deployments().Lister()
	factory.Start(watching.Done())
	factory.WaitForCacheSync(watching.Done())
	s.informed.Go(func() { <-watching.Done(); factory.Shutdown() })
	if err := s.deploy(ctx); err != nil {
		s.end()
		return nil, err
	}
	return s, nil
}

// end stops watching.
func (s *scene) end() {
	s.stop()
	s.informed.Wait()
}

func (s *scene) deploy(ctx context.Context) error {
	for i := range s.apps {
		if err := s.write(i, ""); err != nil {
			return err
		}
	}
	if err := s.Push(ctx, "first"); err != nil {
		return err
	}
	group, _ := errgroup.WithContext(ctx)
	group.SetLimit(16)
	for i := range s.apps {
		group.Go(func() error {
			_, err := s.Client.CoreV1().Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
				Name: name(i), Annotations: map[string]string{
					"spotguide.dev/repository": s.URL(), "spotguide.dev/path": "apps/" + name(i), "spotguide.dev/interval": "1h",
				},
			}}, metav1.CreateOptions{})
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	if err := s.StartAgent(ctx); err != nil {
		return err
	}
	if err := s.until(ctx, "all pods are ready", s.allReady); err != nil {
		return err
	}
	return s.rest(ctx, 40*time.Second) // after which a revision has proved itself
}

func name(i int) string { return fmt.Sprintf("app-%04d", i) }

// write puts an application's files into the clone, with annotations of its pods.
func (s *scene) write(i int, annotations string) error {
	dir := filepath.Join(s.Worktree, "apps", name(i))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	text := strings.NewReplacer("NAME", name(i), "REPLICAS", fmt.Sprint(s.replicas), "ANNOTATIONS", annotations).Replace(application)
	return os.WriteFile(filepath.Join(dir, "deployment.yaml"), []byte(text), 0o644)
}

const application = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: NAME
spec:
  replicas: REPLICAS
  selector:
    matchLabels: {app: NAME}
  template:
    metadata:
      labels: {app: NAME}
      annotations: {ANNOTATIONS}
    spec:
      topologySpreadConstraints:
      - maxSkew: 1
        topologyKey: topology.kubernetes.io/zone
        whenUnsatisfiable: ScheduleAnyway
        labelSelector: {matchLabels: {app: NAME}}
      containers:
      - name: main
        image: registry.example.com/app:1
        resources:
          requests: {cpu: 100m, memory: 64Mi}
`

// play tries one fault and waits until all is well again. What fails is in the
// timeline, too.
func (s *scene) play(ctx context.Context, f fault) timeline {
	fmt.Printf("\n%s\n", f.title)
	s.now = timeline{fault: f, began: time.Now()}
	s.now.failed = s.playOut(ctx, f)
	if err := s.clear(ctx); err != nil {
		s.now.failed = errors.Join(s.now.failed, fmt.Errorf("clear away: %w", err))
	}
	if s.now.failed != nil {
		s.say("**It failed:** %s", strings.ReplaceAll(s.now.failed.Error(), "\n", "; "))
	}
	return s.now
}

func (s *scene) playOut(ctx context.Context, f fault) error {
	if err := s.wait(ctx, "all pods to be ready before", s.allReady); err != nil {
		return err
	}
	if err := f.do(ctx, s); err != nil {
		return err
	}
	if err := s.until(ctx, "all pods are ready", s.allReady); err != nil {
		return err
	}
	done, err := s.actions(ctx)
	if err != nil {
		return err
	}
	s.say("The agent did: %s.", done)
	return nil
}

// clear undoes what a fault has set up. Once ctx is over, what runs here ends, and
// what is in the cluster ends with it.
func (s *scene) clear(ctx context.Context) error {
	var errs []error
	for _, undo := range slices.Backward(s.undo) {
		errs = append(errs, undo(ctx))
	}
	s.undo = nil
	return errors.Join(errs...)
}

// say enters what happened into the timeline.
func (s *scene) say(format string, args ...any) {
	line := fmt.Sprintf("%.1fs | %s", time.Since(s.now.began).Seconds(), fmt.Sprintf(format, args...))
	fmt.Println("  " + line)
	s.now.lines = append(s.now.lines, line)
}

// until waits for a condition, and says when it came.
func (s *scene) until(ctx context.Context, what string, done func() bool) error {
	if err := s.wait(ctx, what, done); err != nil {
		return err
	}
	s.say("%s", what)
	return nil
}

func (s *scene) wait(ctx context.Context, what string, done func() bool) error {
	return s.waitAtMost(ctx, patience, what, done)
}

func (s *scene) waitAtMost(ctx context.Context, most time.Duration, what string, done func() bool) error {
	is := false
	err := s.ticks(ctx, most, func(time.Duration) (bool, error) {
		is = done()
		return is, nil
	})
	if err == nil && !is {
		err = fmt.Errorf("waited %s for %s", most, what)
	}
	return err
}

// ticks does something ten times a second, for so long at most or until it is done.
func (s *scene) ticks(ctx context.Context, most time.Duration, tick func(at time.Duration) (bool, error)) error {
	for began := time.Now(); time.Since(began) < most; {
		if done, err := tick(time.Since(began)); done || err != nil {
			return err
		}
		if err := s.rest(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
	return nil
}

// compare enters a measure of both sides of a pair into the timeline.
func (s *scene) compare(what string, of func(side int) string) {
	c := comparison{what, of(with), of(without)}
	fmt.Printf("  %s: %s with the agent, %s without\n", c.what, c.with, c.without)
	s.now.compared = append(s.now.compared, c)
}

func (s *scene) rest(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// allReady says that every application has all its pods, and they are ready.
func (s *scene) allReady() bool { return s.unready() == 0 }

// unready counts the pods that are missing.
func (s *scene) unready() (n int) {
	all, err := s.deployments.List(labels.Everything())
	if err != nil || len(all) < s.apps {
		return s.apps * s.replicas
	}
	for _, d := range all {
		n += missing(d)
	}
	return n
}

func missing(d *appsv1.Deployment) int {
	if d.Status.ObservedGeneration < d.Generation {
		return 1
	}
	return int(max(0, *d.Spec.Replicas-d.Status.ReadyReplicas))
}
