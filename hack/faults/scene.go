package main

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
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
	"github.com/spotguide/spotguide/monitor"
	"github.com/spotguide/spotguide/monitor/sla"
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
}

// timeline is what happened in one fault.
type timeline struct {
	fault
	began time.Time
	lines []string
}

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

// play tries one fault and waits until all is well again.
func (s *scene) play(ctx context.Context, f fault) (timeline, error) {
	fmt.Printf("\n%s\n", f.title)
	s.now = timeline{fault: f, began: time.Now()}
	if err := f.do(ctx, s); err != nil {
		return s.now, err
	}
	if err := s.until(ctx, "all pods are ready", s.allReady); err != nil {
		return s.now, err
	}
	done, err := s.actions(ctx)
	if err != nil {
		return s.now, err
	}
	s.say("The agent did: %s.", done)
	return s.now, nil
}

// say enters what happened into the timeline.
func (s *scene) say(format string, args ...any) {
	line := fmt.Sprintf("%.1fs | %s", time.Since(s.now.began).Seconds(), fmt.Sprintf(format, args...))
	fmt.Println("  " + line)
	s.now.lines = append(s.now.lines, line)
}

// until waits for a condition, and says when it came.
func (s *scene) until(ctx context.Context, what string, done func() bool) error {
	if err := rig.Until(ctx, what, patience, done); err != nil {
		return err
	}
	s.say("%s", what)
	return nil
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

// actions counts what the agent did since the fault began, by rule.
func (s *scene) actions(ctx context.Context) (string, error) {
	found, err := s.Client.CoreV1().ConfigMaps("").List(ctx, metav1.ListOptions{FieldSelector: "metadata.name=" + monitor.ConfigMap})
	if err != nil {
		return "", err
	}
	count := map[string]int{}
	for _, cm := range found.Items {
		for _, raw := range cm.Data {
			var state sla.State
			if err := json.Unmarshal([]byte(raw), &state); err != nil {
				return "", fmt.Errorf("state in %s: %w", cm.Namespace, err)
			}
			for _, e := range state.Journal {
				if !e.At.Before(s.now.began) {
					count[fmt.Sprintf("%s by rule %s", e.Kind, e.Rule)]++
				}
			}
		}
	}
	var words []string
	for _, what := range slices.Sorted(maps.Keys(count)) {
		times := "once"
		if count[what] > 1 {
			times = fmt.Sprintf("%d times", count[what])
		}
		words = append(words, times+" "+what)
	}
	if len(words) == 0 {
		return "nothing", nil
	}
	return strings.Join(words, ", "), nil
}
