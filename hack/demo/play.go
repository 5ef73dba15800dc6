package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/agent/status"
)

// patience is how long an act may take.
const patience = 2 * time.Minute

// play is the demonstration, act by act.
func (s *stage) play(ctx context.Context) error {
	s.timeline = &timeline{client: s.client, seen: map[string]time.Time{}}
	for _, act := range []func(context.Context) error{s.firstPush, s.foreignEdit, s.killedPod, s.badCommit, s.fix} {
		if err := act(ctx); err != nil {
			return err
		}
	}
	return nil
}

// firstPush binds the namespace and pushes the shop.
func (s *stage) firstPush(ctx context.Context) error {
	s.timeline.scene("A namespace is annotated, and the shop is pushed")
	if err := s.bind(ctx); err != nil {
		return err
	}
	s.timeline.say(time.Now(), "%-10s %-14s %s", namespace, "Follows", s.repository())
	s.timeline.began = time.Now()
	if err := s.push(ctx, "The shop opens"); err != nil {
		return err
	}
	s.timeline.say(time.Now(), "you        Pushed         four applications in one repository")
	return s.timeline.until(ctx, "a healthy shop", patience, healthy)
}

// bind annotates the namespace, a fresh one on the embedded control plane.
func (s *stage) bind(ctx context.Context) error {
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{
		Name: namespace, Annotations: map[string]string{binding.Repository: s.repository(), binding.Interval: "10s"},
	}}
	if err := s.client.CoreV1().Namespaces().Delete(ctx, namespace, metav1.DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
		return err
	}
	for {
		_, err := s.client.CoreV1().Namespaces().Create(ctx, ns, metav1.CreateOptions{})
		if !apierrors.IsAlreadyExists(err) {
			return err
		}
		select { // the namespace of an earlier demo is on its way out
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// foreignEdit changes an image by hand and waits until it is back.
func (s *stage) foreignEdit(ctx context.Context) error {
	s.timeline.scene("Somebody edits the search's image by hand")
	deployments := s.client.AppsV1().Deployments(namespace)
	patch := `{"spec":{"template":{"spec":{"containers":[{"name":"search","image":"example.com/not-in-git:1"}]}}}}`
	edited, err := deployments.Patch(ctx, "search", types.StrategicMergePatchType, []byte(patch), metav1.PatchOptions{FieldManager: "somebody"})
	if err != nil {
		return err
	}
	began := time.Now()
	s.timeline.say(began, "somebody   Edited         image is now %s", edited.Spec.Template.Spec.Containers[0].Image)
	watch, err := deployments.Watch(ctx, metav1.ListOptions{FieldSelector: "metadata.name=search", ResourceVersion: edited.ResourceVersion})
	if err != nil {
		return err
	}
	defer watch.Stop()
	for {
		now, err := deployments.Get(ctx, "search", metav1.GetOptions{})
		if err != nil {
			return err
		}
		if image := now.Spec.Template.Spec.Containers[0].Image; !strings.HasPrefix(image, "example.com") {
			s.timeline.say(time.Now(), "search     Restored       image is %s again, %d ms later", image, time.Since(began).Milliseconds())
			break
		}
		select {
		case <-watch.ResultChan():
		case <-time.After(patience):
			return fmt.Errorf("the edit was not corrected within %s", patience)
		}
	}
	return s.timeline.until(ctx, "the correction in the books", patience, told("DriftCorrected"))
}

// killedPod deletes a pod and waits until the application is whole again.
func (s *stage) killedPod(ctx context.Context) error {
	s.timeline.scene("A pod of the frontend is killed")
	pods, err := s.client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: "app=frontend"})
	if err != nil {
		return err
	}
	if len(pods.Items) == 0 {
		return fmt.Errorf("the frontend has no pods")
	}
	victim := pods.Items[0].Name
	now := int64(0)
	if err := s.client.CoreV1().Pods(namespace).Delete(ctx, victim, metav1.DeleteOptions{GracePeriodSeconds: &now}); err != nil {
		return err
	}
	s.timeline.say(time.Now(), "somebody   Killed         %s", victim)
	if err := s.timeline.until(ctx, "the loss in the books", patience, told("Progressing")); err != nil {
		return err
	}
	return s.timeline.until(ctx, "a healthy shop", patience, healthy)
}

// badCommit pushes a version that cannot start.
func (s *stage) badCommit(ctx context.Context) error {
	s.timeline.scene("A commit breaks the cart: its containers crash")
	// A simulated node runs nothing, so the annotation tells it to play a crash;
	// on a real one the wrong flag does it.
	err := s.edit("cart/cart.yaml", "      labels: {app: cart}\n    spec:\n      containers:\n      - name: cart\n",
		"      labels: {app: cart}\n      annotations: {simulate.spotguide.dev/crash: \"true\"}\n"+
			"    spec:\n      containers:\n      - name: cart\n        args: [--no-such-flag]\n")
	if err != nil {
		return err
	}
	if err := s.push(ctx, "Break the cart"); err != nil {
		return err
	}
	s.timeline.say(time.Now(), "you        Pushed         a commit whose containers crash")
	return s.timeline.until(ctx, "the rollback", patience, func(now status.Status) bool {
		return phase(now, "cart") == status.RolledBack
	})
}

// fix reverts the bad commit.
func (s *stage) fix(ctx context.Context) error {
	s.timeline.scene("The commit is reverted")
	if _, err := s.git(ctx, "revert", "--no-edit", "HEAD"); err != nil {
		return err
	}
	if _, err := s.git(ctx, "push", "-q"); err != nil {
		return err
	}
	s.timeline.say(time.Now(), "you        Pushed         the revert")
	return s.timeline.until(ctx, "a healthy shop", patience, healthy)
}

// edit replaces text in a file of the clone.
func (s *stage) edit(file, old, replacement string) error {
	path := filepath.Join(s.worktree, file)
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if !strings.Contains(string(raw), old) {
		return fmt.Errorf("%s has no %q to edit", file, old)
	}
	return os.WriteFile(path, []byte(strings.Replace(string(raw), old, replacement, 1)), 0o644)
}

func healthy(s status.Status) bool { return s.Phase == status.Healthy }

// told is true once an application's newest entries hold the reason.
func told(reason string) func(status.Status) bool {
	since := time.Now().Add(-time.Second)
	return func(s status.Status) bool {
		for _, a := range s.Applications {
			for _, e := range a.History {
				if e.Reason == reason && e.At.After(since) {
					return true
				}
			}
		}
		return false
	}
}

func phase(s status.Status, application string) status.Phase {
	for _, a := range s.Applications {
		if a.Name == application {
			return a.Phase
		}
	}
	return ""
}

// farewell says how to go on.
func (s *stage) farewell() {
	kubectl := "bin/cluster kubectl"
	if !s.embedded {
		kubectl = "kubectl"
	}
	fmt.Printf(`
Everything goes on running. Look around:

  export KUBECONFIG=%s
  bin/spotguide status -n %s          what runs, at which revision, how it is
  bin/spotguide status -n %s -w       the same, as it changes
  %s -n %s get pods,deployments

Push something yourself:

  cd %s && $EDITOR cart/cart.yaml && git commit -am "My change" && git push

The agent's log is %s. Stop everything with

  make demo-down
`, s.kubeconfig, namespace, namespace, kubectl, namespace, s.worktree, s.path("agent.log"))
}
