package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/yaml"
)

// pair is one application twice: in a namespace that the agent follows, and in one
// that it does not, where Kubernetes is alone.
type pair struct {
	s    *scene
	name string
}

// The sides of a pair.
const (
	with = iota
	without
)

// side names the namespace.
func (p pair) side(i int) string {
	if i == without {
		return "bare-" + p.name
	}
	return p.name
}

// newPair deploys an application of one Deployment on both sides, waits until it is
// well, and has it removed when the fault is over. settings are the files of
// .spotguide, which only the agent reads.
func (s *scene) newPair(ctx context.Context, name, deployment string, settings map[string]string) (pair, error) {
	p := pair{s, name}
	s.undo = append(s.undo, p.remove)
	dir := filepath.Join(s.Worktree, "apps", name)
	files := map[string]string{"deployment.yaml": deployment}
	for file, text := range settings {
		files[filepath.Join(".spotguide", file)] = text
	}
	for file, text := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, file)), 0o755); err != nil {
			return p, err
		}
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
			return p, err
		}
	}
	if err := s.Push(ctx, name); err != nil {
		return p, err
	}
	if err := p.begin(ctx, deployment); err != nil {
		return p, err
	}
	if err := s.Nudge(ctx); err != nil {
		return p, err
	}
	runs := func() bool { return p.well(with) && p.well(without) }
	if err := s.waitAtMost(ctx, 5*time.Minute, name+" to run, with the agent and without", runs); err != nil {
		return p, err
	}
	s.say("the application runs, with the agent and without")
	return p, s.rest(ctx, 15*time.Second) // after which its revision has proved itself
}

// begin makes the namespaces, and the Deployment that the agent does not make.
func (p pair) begin(ctx context.Context, deployment string) error {
	followed := map[string]string{
		"spotguide.dev/repository": p.s.URL(), "spotguide.dev/path": "apps/" + p.name, "spotguide.dev/interval": "1h",
	}
	for i, annotations := range []map[string]string{with: followed, without: nil} {
		n := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: p.side(i), Annotations: annotations}}
		if _, err := p.s.Client.CoreV1().Namespaces().Create(ctx, n, metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	var d appsv1.Deployment
	if err := yaml.Unmarshal([]byte(deployment), &d); err != nil {
		return fmt.Errorf("the Deployment of %s: %w", p.name, err)
	}
	_, err := p.s.Client.AppsV1().Deployments(p.side(without)).Create(ctx, &d, metav1.CreateOptions{})
	return err
}

// remove deletes both namespaces and waits until no pod is left.
func (p pair) remove(ctx context.Context) error {
	for i := range 2 {
		err := p.s.Client.CoreV1().Namespaces().Delete(ctx, p.side(i), metav1.DeleteOptions{})
		if err != nil && !apierrors.IsNotFound(err) {
			return err
		}
	}
	return p.s.wait(ctx, "nothing is left of "+p.name, func() bool { return len(p.pods(with))+len(p.pods(without)) == 0 })
}

// deployment is that of a side, empty while there is none.
func (p pair) deployment(i int) *appsv1.Deployment {
	d, err := p.s.deployments.Deployments(p.side(i)).Get(p.name)
	if err != nil {
		return &appsv1.Deployment{}
	}
	return d
}

func (p pair) well(i int) bool {
	d := p.deployment(i)
	return d.Spec.Replicas != nil && missing(d) == 0
}

// pods are those of a side.
func (p pair) pods(i int) []*corev1.Pod {
	all, err := p.s.podsOf.Pods(p.side(i)).List(labels.Everything())
	if err != nil {
		panic(err) // a lister's cache has none
	}
	return all
}

func ready(p *corev1.Pod) bool {
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue && p.DeletionTimestamp == nil
		}
	}
	return false
}

// countReady counts the pods of a side that serve.
func (p pair) countReady(i int) (n int) {
	for _, one := range p.pods(i) {
		if ready(one) {
			n++
		}
	}
	return n
}

// manifest is a Deployment of that name, with what a pod has and needs.
func manifest(name string, replicas int, annotations, spec string) string {
	return strings.NewReplacer("NAME", name, "REPLICAS", fmt.Sprint(replicas), "ANNOTATIONS", annotations, "SPEC", spec).Replace(paired)
}

const paired = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: NAME
spec:
  replicas: REPLICAS
  strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}
  selector:
    matchLabels: {app: NAME}
  template:
    metadata:
      labels: {app: NAME}
      annotations: {ANNOTATIONS}
    spec:
      SPEC
      containers:
      - name: main
        image: registry.example.com/app:1
        resources:
          requests: {cpu: 100m, memory: 64Mi}
`
