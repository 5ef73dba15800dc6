package podlogs

import (
	"bufio"
	"context"
	"io"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv1 "k8s.io/api/autoscaling/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/spotguide/spotguide/sync/inventory"
	"github.com/spotguide/spotguide/test/controlplane"
)

// workload is a pod template whose pods are labelled app=name. The label of the
// application is on the workload only, as the agent leaves it.
func workload(name string) (metav1.ObjectMeta, *metav1.LabelSelector, corev1.PodTemplateSpec) {
	own := map[string]string{"app": name}
	return metav1.ObjectMeta{Name: name, Labels: map[string]string{inventory.LabelApplication: name}},
		&metav1.LabelSelector{MatchLabels: own},
		corev1.PodTemplateSpec{
			ObjectMeta: metav1.ObjectMeta{Labels: own},
			Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "main", Image: "example.com/" + name}}},
		}
}

func deploy(t *testing.T, client kubernetes.Interface, namespace, name string) {
	t.Helper()
	meta, selector, template := workload(name)
	_, err := client.AppsV1().Deployments(namespace).Create(t.Context(),
		&appsv1.Deployment{ObjectMeta: meta, Spec: appsv1.DeploymentSpec{Selector: selector, Template: template}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
}

// follow prints an application's logs until the test ends, and returns them.
func follow(t *testing.T, client kubernetes.Interface, namespace, application string) *bufio.Scanner {
	t.Helper()
	selection, err := Select(t.Context(), client, namespace, application)
	if err != nil {
		t.Fatal(err)
	}
	in, out := io.Pipe()
	p := &Printer{Client: client, Namespace: namespace, Selection: selection, Out: out, Messages: out,
		Options: corev1.PodLogOptions{Follow: true}}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		err := p.Follow(ctx)
		out.Close()
		done <- err
	}()
	hang := time.AfterFunc(time.Minute, func() { out.CloseWithError(context.DeadlineExceeded) })
	t.Cleanup(func() {
		hang.Stop()
		cancel()
		_, _ = io.Copy(io.Discard, in)
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return bufio.NewScanner(in)
}

// What the pods of one application say is printed, of those there are and of
// those that come, and nothing of others'.
func TestFollow(t *testing.T) {
	cfg := controlplane.Config(t)
	client := kubernetes.NewForConfigOrDie(cfg)
	namespace := controlplane.Namespace(t, cfg, nil)
	deploy(t, client, namespace, "cart")
	deploy(t, client, namespace, "search")
	logs := follow(t, client, namespace, "cart")
	seen := map[string]bool{}
	for logs.Scan() {
		pod, text, ok := strings.Cut(logs.Text(), " ")
		if !ok || !strings.HasPrefix(pod, "cart-") || text == "" {
			t.Fatalf("the line is %q", logs.Text())
		}
		seen[pod] = true
		if len(seen) == 3 {
			return
		}
		scale := &autoscalingv1.Scale{ObjectMeta: metav1.ObjectMeta{Name: "cart", Namespace: namespace}, Spec: autoscalingv1.ScaleSpec{Replicas: 3}}
		if _, err := client.AppsV1().Deployments(namespace).UpdateScale(t.Context(), "cart", scale, metav1.UpdateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatalf("only %d of 3 pods were heard: %v", len(seen), logs.Err())
}

// A CronJob's Jobs do not bear the application's label; other Jobs may not be
// taken for its own.
func TestSelectJobs(t *testing.T) {
	cfg := controlplane.Config(t)
	client := kubernetes.NewForConfigOrDie(cfg)
	namespace := controlplane.Namespace(t, cfg, nil)
	meta, _, template := workload("report")
	template.Spec.RestartPolicy = corev1.RestartPolicyNever
	cron, err := client.BatchV1().CronJobs(namespace).Create(t.Context(), &batchv1.CronJob{ObjectMeta: meta, Spec: batchv1.CronJobSpec{
		Schedule: "0 0 1 1 *", JobTemplate: batchv1.JobTemplateSpec{Spec: batchv1.JobSpec{Template: template}},
	}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for name, owners := range map[string][]metav1.OwnerReference{
		"report-1": {*metav1.NewControllerRef(cron, batchv1.SchemeGroupVersion.WithKind("CronJob"))},
		"other":    nil,
	} {
		_, err := client.BatchV1().Jobs(namespace).Create(t.Context(), &batchv1.Job{
			ObjectMeta: metav1.ObjectMeta{Name: name, OwnerReferences: owners}, Spec: batchv1.JobSpec{Template: template},
		}, metav1.CreateOptions{})
		if err != nil {
			t.Fatal(err)
		}
	}
	selection, err := Select(t.Context(), client, namespace, "report")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"report-1": true, "other": false} {
		if selection.Has(podOf(t, client, namespace, name)) != want {
			t.Errorf("pod of Job %s: want %t", name, want)
		}
	}
}

// podOf waits for the pod of a Job.
func podOf(t *testing.T, client kubernetes.Interface, namespace, job string) *corev1.Pod {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	watch, err := client.CoreV1().Pods(namespace).Watch(ctx, metav1.ListOptions{LabelSelector: batchv1.JobNameLabel + "=" + job})
	if err != nil {
		t.Fatal(err)
	}
	defer watch.Stop()
	for event := range watch.ResultChan() {
		if pod, ok := event.Object.(*corev1.Pod); ok {
			return pod
		}
	}
	t.Fatalf("Job %s has no pod", job)
	return nil
}

func TestSelectRefusesNonsense(t *testing.T) {
	if _, err := Select(t.Context(), nil, "any", "a b"); err == nil {
		t.Error("no error")
	}
}
