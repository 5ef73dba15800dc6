package integration

import (
	"fmt"
	"strings"
	"syscall"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/test/gitserver"
)

// A pass that changes an object, adds one and removes one makes about nine
// writes.
const writesOfAPass = 9

// TestKilledAtEveryStep kills the agent with SIGKILL at each write of a pass,
// before the API server has taken it and after, and starts another one.
func TestKilledAtEveryStep(t *testing.T) {
	for n := 1; n <= writesOfAPass; n++ {
		for _, after := range []bool{false, true} {
			t.Run(fmt.Sprintf("write %d, taken %t", n, after), func(t *testing.T) { killedAt(t, n, after) })
		}
	}
}

func killedAt(t *testing.T, n int, after bool) {
	w := newWorld(t)
	files := map[string]string{}
	for _, name := range []string{"changed", "kept", "removed", "other"} {
		files[name+".yaml"] = fill(configMap, name, "one")
	}
	url := w.repository("shop", files)
	ns := w.namespace(url)
	foreign := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "foreign"}}
	_, err := w.client.CoreV1().ConfigMaps(ns).Create(t.Context(), foreign, metav1.CreateOptions{})
	w.must(err)
	p := w.proxy()
	first := w.agentFor(p.kubeconfig)
	w.untilPhase(ns, status.Healthy)

	second := w.commit("shop", "second", map[string]string{
		"changed.yaml": fill(configMap, "changed", "two"), "added.yaml": fill(configMap, "added", "two"),
		"removed.yaml": gitserver.Removed,
	})
	p.arm(n, after, func() { _ = first.Process.Signal(syscall.SIGKILL) })
	w.nudge(ns)
	<-first.ended
	p.arm(0, false, nil)

	w.agentFor(p.kubeconfig)
	w.untilHealthyAt(ns, second)
	for name, want := range map[string]string{"changed": "two", "added": "two", "kept": "one", "other": "one", "foreign": ""} {
		cm, err := w.client.CoreV1().ConfigMaps(ns).Get(t.Context(), name, metav1.GetOptions{})
		if err != nil || cm.Data["note"] != want {
			t.Errorf("%s: %v, %v; want %q", name, cm.Data, err, want)
		}
	}
	_, err = w.client.CoreV1().ConfigMaps(ns).Get(t.Context(), "removed", metav1.GetOptions{})
	if !apierrors.IsNotFound(err) {
		t.Errorf("what was removed is still there: %v", err)
	}
}

// TestServersGoneAndBack cuts the agent off from the API server and from Git.
func TestServersGoneAndBack(t *testing.T) {
	w := newWorld(t)
	url := w.repository("cart", map[string]string{"cart.yaml": fill(configMap, "cart", "one")})
	ns := w.namespace(url)
	p := w.proxy()
	agent := w.agentFor(p.kubeconfig)
	w.untilPhase(ns, status.Healthy)

	p.setDown(true)
	second := w.commit("cart", "second", map[string]string{"cart.yaml": fill(configMap, "cart", "two")})
	w.nudge(ns)
	p.setDown(false)
	w.untilHealthyAt(ns, second)

	w.must(w.git.DeleteBranch(t.Context(), "cart", "main"))
	w.nudge(ns)
	s := w.untilPhase(ns, status.Failed)
	if s.Message == "" || len(s.Applications) != 1 {
		t.Errorf("status %+v", s)
	}
	if _, err := w.client.CoreV1().ConfigMaps(ns).Get(t.Context(), "cart", metav1.GetOptions{}); err != nil {
		t.Errorf("what ran was lost with the branch: %v", err)
	}
	third := w.commit("cart", "third", map[string]string{"cart.yaml": fill(configMap, "cart", "three")})
	w.nudge(ns)
	w.untilHealthyAt(ns, third)
	select {
	case <-agent.ended:
		t.Error("the agent ended")
	default:
	}
}

// TestRestartCostsNothing starts a second agent on what the first has left.
func TestRestartCostsNothing(t *testing.T) {
	w := newWorld(t)
	url := w.repository("cart", map[string]string{"cart.yaml": fill(deployment, "cart", "one")})
	ns := w.namespace(url)
	first := w.agent()
	before := w.untilPhase(ns, status.Healthy)
	first.stop(syscall.SIGTERM)
	live, err := w.client.AppsV1().Deployments(ns).Get(t.Context(), "cart", metav1.GetOptions{})
	w.must(err)

	w.agent()
	second := w.commit("cart", "second", map[string]string{"more.yaml": fill(configMap, "more", "two")})
	w.nudge(ns)
	w.untilHealthyAt(ns, second)
	again, err := w.client.AppsV1().Deployments(ns).Get(t.Context(), "cart", metav1.GetOptions{})
	w.must(err)
	if live.Generation != again.Generation || before.Applications[0].Name != "cart" {
		t.Errorf("the Deployment went from generation %d to %d", live.Generation, again.Generation)
	}
}

// TestOneBadObject spoils only itself, and every error is told at once.
func TestOneBadObject(t *testing.T) {
	w := newWorld(t)
	url := w.repository("cart", map[string]string{
		"good.yaml":    fill(configMap, "good", "one"),
		"unknown.yaml": "apiVersion: example.com/v1\nkind: Nothing\nmetadata: {name: x}\n",
		"foreign.yaml": strings.Replace(fill(configMap, "stray", "one"), "{name: stray}", "{name: stray, namespace: kube-system}", 1),
		"cluster.yaml": "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: mine}\nrules: []\n",
		"invalid.yaml": strings.Replace(fill(deployment, "bad", "one"), "replicas: 1", "replicas: -1", 1),
	})
	ns := w.namespace(url)
	w.agent()
	s := w.untilPhase(ns, status.Failed)
	for _, want := range []string{"unknown.yaml", "foreign.yaml", "cluster.yaml", "invalid.yaml"} {
		if !strings.Contains(s.Message, want) {
			t.Errorf("the message does not name %s: %s", want, s.Message)
		}
	}
	if _, err := w.client.CoreV1().ConfigMaps(ns).Get(t.Context(), "good", metav1.GetOptions{}); err != nil {
		t.Errorf("the good one suffered: %v", err)
	}
	if _, err := w.client.CoreV1().ConfigMaps("kube-system").Get(t.Context(), "stray", metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("a tenant left its namespace: %v", err)
	}
	fixed := w.commit("cart", "fixed", map[string]string{
		"unknown.yaml": gitserver.Removed, "foreign.yaml": gitserver.Removed, "cluster.yaml": gitserver.Removed, "invalid.yaml": gitserver.Removed,
	})
	w.nudge(ns)
	w.untilHealthyAt(ns, fixed)
}

// TestEmptyRepositoryIsHeld keeps everything when a commit removes it all.
func TestEmptyRepositoryIsHeld(t *testing.T) {
	w := newWorld(t)
	url := w.repository("cart", map[string]string{"cart.yaml": fill(configMap, "cart", "one"), "README.md": "a cart\n"})
	ns := w.namespace(url)
	w.agent()
	w.untilPhase(ns, status.Healthy)
	w.commit("cart", "all gone", map[string]string{"cart.yaml": gitserver.Removed})
	w.nudge(ns)
	s := w.untilPhase(ns, status.Held)
	maps := w.client.CoreV1().ConfigMaps(ns)
	if _, err := maps.Get(t.Context(), "cart", metav1.GetOptions{}); err != nil {
		t.Fatalf("it was pruned without asking: %v", err)
	}
	w.annotate(ns, "spotguide.dev/prune-approved", s.Applications[0].Held)
	w.until(ns, "the approved prune", func(s status.Status) bool { return len(s.Applications) == 0 })
	if _, err := maps.Get(t.Context(), "cart", metav1.GetOptions{}); !apierrors.IsNotFound(err) {
		t.Errorf("it is still there after the approval: %v", err)
	}
}

// TestMoreErrorsThanTheStatusHolds are still told: the API server would refuse
// the status that held all of them.
func TestMoreErrorsThanTheStatusHolds(t *testing.T) {
	w := newWorld(t)
	var unknown strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&unknown, "---\napiVersion: example.com/v1\nkind: Nothing\nmetadata: {name: %s-%d}\n", strings.Repeat("x", 200), i)
	}
	ns := w.namespace(w.repository("cart", map[string]string{"unknown.yaml": unknown.String()}))
	w.agent()
	s := w.untilPhase(ns, status.Failed)
	if want := fmt.Sprintf("(and %d more)", 3000-status.MessageLines); !strings.HasSuffix(s.Message, want) {
		t.Errorf("the message of %d bytes does not end with %q", len(s.Message), want)
	}
}
