package integration

import (
	"encoding/json"
	"slices"
	"strings"
	"syscall"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/spotguide/spotguide/agent/binding"
	"github.com/spotguide/spotguide/agent/pipeline"
	"github.com/spotguide/spotguide/agent/status"
)

// Annotations with which a simulated node lets a step fail, or take long.
const (
	fails = `simulate.spotguide.dev/crash: "true", simulate.spotguide.dev/crash-exit-code: "3"`
	waits = `simulate.spotguide.dev/completes-after: 1h`
)

// stepped is an application of manifests with steps, each a name and annotations
// of its pod; after "|" come those after.
func stepped(note string, steps ...string) map[string]string {
	var b strings.Builder
	b.WriteString("apiVersion: spotguide.dev/v1\nkind: Application\nname: cart\nsteps:\n  before:\n")
	for _, s := range steps {
		if s == "|" {
			b.WriteString("  after:\n")
			continue
		}
		name, annotations, _ := strings.Cut(s, " ")
		b.WriteString("  - {name: " + name + ", run: make " + name + ", annotations: {" + annotations + "}}\n")
	}
	return map[string]string{"cart.yaml": fill(deployment, "cart", note), ".spotguide/application.yaml": b.String()}
}

// stepJobs are the steps' Jobs, oldest first, by the names of their steps.
func (w *world) stepJobs(namespace string) (names []string, jobs []batchv1.Job) {
	w.Helper()
	list, err := w.client.BatchV1().Jobs(namespace).List(w.Context(), metav1.ListOptions{LabelSelector: pipeline.Selector})
	w.must(err)
	jobs = list.Items
	slices.SortFunc(jobs, func(a, b batchv1.Job) int {
		return strings.Compare(a.ResourceVersion, b.ResourceVersion)
	})
	for _, j := range jobs {
		names = append(names, j.Labels[pipeline.LabelStep])
	}
	slices.Sort(names)
	return names, jobs
}

// runs is the history of the application cart.
func (w *world) runs(namespace string) (h pipeline.History) {
	w.Helper()
	m, err := w.client.CoreV1().ConfigMaps(namespace).Get(w.Context(), status.HistoryConfigMap, metav1.GetOptions{})
	w.must(err)
	w.must(json.Unmarshal([]byte(m.Data["cart"]), &h))
	return h
}

// outcomes of all runs, oldest first.
func outcomes(h pipeline.History) (all []string) {
	for _, r := range h {
		outcome := string(r.Outcome)
		if r.Rollback {
			outcome += " rollback"
		}
		all = append(all, outcome)
	}
	return all
}

func (w *world) deployed(namespace string) bool {
	w.Helper()
	_, err := w.client.AppsV1().Deployments(namespace).Get(w.Context(), "cart", metav1.GetOptions{})
	if !apierrors.IsNotFound(err) {
		w.must(err)
	}
	return err == nil
}

func message(want string) func(status.Status) bool {
	return func(s status.Status) bool { return strings.Contains(s.Message, want) }
}

// TestSteps runs them in order, once for each content, and with the rights of the
// namespace's own account.
func TestSteps(t *testing.T) {
	w := newWorld(t)
	url := w.repository("cart", stepped("one", "test "+waits, "migrate", "|", "smoke"))
	ns := w.namespace(url)
	agent := w.agent()

	s := w.until(ns, "the first step", message("step test (1 of 3) runs"))
	if s.Phase != status.Syncing || s.Applications[0].Steps[0].Phase != status.StepRunning || s.Applications[0].Steps[1].Phase != status.StepPending {
		t.Errorf("while the first step runs: %s, %+v", s.Phase, s.Applications[0].Steps)
	}
	names, jobs := w.stepJobs(ns)
	if len(names) != 1 || w.deployed(ns) {
		t.Fatalf("before the first step has ended there are %v, deployed %t", names, w.deployed(ns))
	}
	pod := jobs[0].Spec.Template.Spec
	if pod.Containers[0].Image != "registry.example.com/cart:1" || pod.Containers[0].Args[0] != "make test" {
		t.Errorf("the step runs %+v", pod.Containers[0])
	}

	agent.stop(syscall.SIGKILL) // another one finds it running
	w.agent()
	w.finish(ns, jobs[0].Name)
	s = w.untilPhase(ns, status.Healthy)
	names, again := w.stepJobs(ns)
	if !slices.Equal(names, []string{"migrate", "smoke", "test"}) {
		t.Errorf("ran %v", names)
	}
	for _, j := range again {
		if j.Name == jobs[0].Name && j.UID != jobs[0].UID {
			t.Error("the step that ran was run again")
		}
	}
	var last metav1.Time
	for _, step := range s.Applications[0].Steps {
		started := metav1.NewTime(step.StartedAt)
		if step.Phase != status.StepSucceeded || started.Before(&last) || step.FinishedAt.IsZero() {
			t.Errorf("step %+v after %s", step, last)
		}
		last = started
	}
	if h := w.runs(ns); len(h) != 1 || h[0].Outcome != status.WasHealthy || h[0].Subject != "first" || h[0].Changes == "" {
		t.Errorf("history %+v", h)
	}

	w.commit("cart", "elsewhere", map[string]string{"cart.yaml": stepped("one")["cart.yaml"], ".spotguide/application.yaml": stepped("one", "test "+waits, "migrate", "|", "smoke")[".spotguide/application.yaml"]})
	w.annotate(ns, binding.RollbackTo, s.Revision) // nothing of this runs any
	w.nudge(ns)
	w.until(ns, "the pin", func(s status.Status) bool { return s.SyncHandled != "" })
	if names, _ := w.stepJobs(ns); len(names) != 3 {
		t.Errorf("ran again: %v", names)
	}
}

// finish ends a step that waits, once its pod runs: before that the simulated node
// has its own word on the pod's phase.
func (w *world) finish(namespace, job string) {
	w.Helper()
	pods := w.client.CoreV1().Pods(namespace)
	events, err := pods.Watch(w.Context(), metav1.ListOptions{LabelSelector: batchv1.JobNameLabel + "=" + job})
	w.must(err)
	defer events.Stop()
	for event := range events.ResultChan() {
		pod, ok := event.Object.(*corev1.Pod)
		if !ok || pod.Status.Phase != corev1.PodRunning {
			continue
		}
		_, err := pods.Patch(w.Context(), pod.Name, types.MergePatchType, []byte(`{"status":{"phase":"Succeeded"}}`), metav1.PatchOptions{}, "status")
		w.must(err)
		return
	}
	w.Fatalf("no pod of %s ran", job)
}

// TestStepBeforeFails keeps what runs, says why, and runs it again when asked.
func TestStepBeforeFails(t *testing.T) {
	w := newWorld(t)
	url := w.repository("cart", stepped("one", "test"))
	ns := w.namespace(url)
	w.agent()
	good := w.untilPhase(ns, status.Healthy).Revision

	w.commit("cart", "bad", stepped("two", "test", "migrate "+fails))
	w.nudge(ns)
	s := w.until(ns, "the failure", told("StepFailed"))
	for _, want := range []string{"step migrate (2 of 2)", "exit code 3", "spotguide logs cart --step migrate -n " + ns} {
		if m := entry(s, "StepFailed").Message; !strings.Contains(m, want) {
			t.Errorf("the failure does not say %q: %s", want, m)
		}
	}
	if s.Phase != status.Failed || s.Applications[0].Revision != good {
		t.Errorf("%s at %s", s.Phase, s.Applications[0].Revision)
	}
	d, err := w.client.AppsV1().Deployments(ns).Get(t.Context(), "cart", metav1.GetOptions{})
	w.must(err)
	if note := d.Spec.Template.Annotations["note"]; note != "one" {
		t.Errorf("what runs says %s", note)
	}
	first := s.Applications[0].Steps[1].Job
	w.nudge(ns)
	w.until(ns, "the second try", func(s status.Status) bool {
		step := s.Applications[0].Steps[1]
		return step.Job != first && step.Phase == status.StepFailed
	})
	if names, _ := w.stepJobs(ns); !slices.Equal(names, []string{"migrate", "migrate", "test", "test"}) {
		t.Errorf("ran %v: what succeeded is not run again", names)
	}
	mended := w.commit("cart", "mended", stepped("two", "test", "migrate"))
	w.nudge(ns)
	w.untilHealthyAt(ns, mended)
	if got := outcomes(w.runs(ns)); !slices.Equal(got, []string{"Healthy", "Failed", "Healthy"}) {
		t.Errorf("outcomes %v", got)
	}
}

// TestStepAfterFails goes back to what was healthy, whose steps do not run again,
// unless the step is only to tell.
func TestStepAfterFails(t *testing.T) {
	w := newWorld(t)
	quick := map[string]string{".spotguide/sla.yaml": "apiVersion: spotguide.dev/v1\nkind: SLA\nrollout: {soak: 1ms}\n"}
	files := stepped("one", "test", "|", "smoke")
	files[".spotguide/sla.yaml"] = quick[".spotguide/sla.yaml"]
	url := w.repository("cart", files)
	ns := w.namespace(url)
	w.agent()
	w.until(ns, "a proven revision", func(s status.Status) bool {
		return len(s.Applications) == 1 && s.Applications[0].LastHealthy != ""
	})

	w.commit("cart", "bad", stepped("two", "test", "|", "smoke "+fails))
	w.nudge(ns)
	s := w.untilPhase(ns, status.RolledBack)
	if m := s.Message; !strings.Contains(m, "step smoke (2 of 2) failed: exit code 3") {
		t.Errorf("it says %q", m)
	}
	d, err := w.client.AppsV1().Deployments(ns).Get(t.Context(), "cart", metav1.GetOptions{})
	w.must(err)
	if note := d.Spec.Template.Annotations["note"]; note != "one" {
		t.Errorf("what runs says %s", note)
	}
	w.until(ns, "the end of the rollback", func(status.Status) bool {
		return slices.Equal(outcomes(w.runs(ns)), []string{"Healthy", "RolledBack", "Healthy rollback"})
	})
	if names, _ := w.stepJobs(ns); !slices.Equal(names, []string{"smoke", "smoke", "test", "test"}) {
		t.Errorf("ran %v", names)
	}

	told := stepped("three", "test", "|", "smoke "+fails)
	told[".spotguide/application.yaml"] = strings.Replace(told[".spotguide/application.yaml"], "{name: smoke,", "{name: smoke, onFailure: tell,", 1)
	third := w.commit("cart", "told", told)
	w.nudge(ns)
	s = w.untilHealthyAt(ns, third)
	if h := w.runs(ns); h.Last().Outcome != status.WasHealthy || !strings.Contains(h.Last().Reason, "smoke") {
		t.Errorf("history %+v", h.Last())
	}
}

// TestStepsAreTheTenants: a step has no more rights than what it comes with.
func TestStepsAreTheTenants(t *testing.T) {
	w := newWorld(t)
	url := w.repository("cart", stepped("one", "test"))
	ns := w.namespace(url, binding.ServiceAccount, "nobody")
	w.agent()
	s := w.untilPhase(ns, status.Failed)
	if !strings.Contains(s.Message, "start step test") || !strings.Contains(s.Message, "system:serviceaccount:"+ns+":nobody") {
		t.Errorf("it says %s", s.Message)
	}
	if names, _ := w.stepJobs(ns); len(names) != 0 {
		t.Errorf("ran %v", names)
	}
}

// TestStepsSuspended starts none.
func TestStepsSuspended(t *testing.T) {
	w := newWorld(t)
	url := w.repository("cart", stepped("one", "test"))
	ns := w.namespace(url, binding.Suspend, "true")
	w.agent()
	w.untilPhase(ns, status.Suspended)
	if names, _ := w.stepJobs(ns); len(names) != 0 {
		t.Errorf("while suspended ran %v", names)
	}
	w.annotate(ns, binding.Suspend, "")
	w.untilPhase(ns, status.Healthy)
	if names, _ := w.stepJobs(ns); !slices.Equal(names, []string{"test"}) {
		t.Errorf("ran %v", names)
	}
}
