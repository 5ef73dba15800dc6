package pipeline

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/spotguide/spotguide/agent/status"
)

func TestOf(t *testing.T) {
	h := History{
		{Revision: "1", Content: "a"}, {Revision: "2", Content: "b"},
		{Revision: "3"}, {Revision: "1", Content: "a", Rollback: true},
	}
	for name, test := range map[string]struct {
		revision, content string
		want              int
	}{
		"the newest":                         {"2", "b", 1},
		"a commit that changed nothing":      {"4", "b", 1},
		"the same revision comes again":      {"1", "a", 0},
		"an old content by a new commit":     {"4", "a", -1},
		"a new content of the same revision": {"2", "c", -1},
	} {
		var want *status.Run
		if test.want >= 0 {
			want = &h[test.want]
		}
		if got := h.Of(test.revision, test.content); got != want {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestBegin(t *testing.T) {
	var h History
	for i := range status.RunLimit + 3 {
		h.Begin(status.Run{Revision: fmt.Sprint(i), Outcome: status.Underway})
	}
	if len(h) != status.RunLimit || h[0].Revision != "3" || h[0].Outcome != status.Superseded || h.Last().Outcome != status.Underway {
		t.Errorf("%d runs from %+v to %+v", len(h), h[0], h.Last())
	}
}

func TestRetry(t *testing.T) {
	r := status.Run{Content: "c", Steps: []status.Step{
		{Name: "test", Phase: status.StepSucceeded, Job: "job"},
		{Name: "migrate", Phase: status.StepFailed, Job: JobName("app", "migrate", "c", ""), Message: "exit code 1"},
	}}
	Retry("app", &r, "now")
	want := status.Run{Content: "c", Asked: "now", Steps: []status.Step{
		{Name: "test", Phase: status.StepSucceeded, Job: "job"},
		{Name: "migrate", Phase: status.StepPending, Job: JobName("app", "migrate", "c", "now")},
	}}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if r.Steps[1].Job == JobName("app", "migrate", "c", "") {
		t.Error("the second try has the name of the first")
	}
}

func TestJobName(t *testing.T) {
	long := strings.Repeat("a", 63)
	if name := JobName(long, long, "c", ""); len(name) != 63 {
		t.Errorf("%s has %d characters", name, len(name))
	}
	if JobName("a", "b-c", "d", "") == JobName("a-b", "c", "d", "") {
		t.Error("two applications share a Job")
	}
}

// TestEncodeFits however many applications there are.
func TestEncodeFits(t *testing.T) {
	var h History
	for i := range status.RunLimit {
		h.Begin(status.Run{Revision: fmt.Sprint(i), Reason: strings.Repeat("why\n", 5), Steps: []status.Step{
			{Name: "test", Message: strings.Repeat(strings.Repeat("m", 500)+"\n", 5)},
		}})
	}
	for _, applications := range []int{1, 100, 1000} {
		document, err := Encode(h, applications)
		if err != nil {
			t.Fatal(err)
		}
		var got History
		if err := json.Unmarshal([]byte(document), &got); err != nil {
			t.Fatal(err)
		}
		if room := min(maxOne, maxAll/applications); len(document) > room || len(got) == 0 || got.Last().Revision != h.Last().Revision {
			t.Errorf("%d applications: %d bytes of %d, %d runs", applications, len(document), room, len(got))
		}
	}
	if strings.Contains(h[0].Reason, "more") {
		t.Error("the history itself was changed")
	}
}

func TestExplain(t *testing.T) {
	deadline := int64(600)
	job := &batchv1.Job{Spec: batchv1.JobSpec{ActiveDeadlineSeconds: &deadline}}
	pod := func(s corev1.ContainerState) []corev1.Pod {
		return []corev1.Pod{{Status: corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{{State: s}}}}}
	}
	ended := func(code int32, reason, log string) []corev1.Pod {
		return pod(corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
			ExitCode: code, Reason: reason, Message: log, FinishedAt: metav1.NewTime(time.Unix(1, 0)),
		}})
	}
	for name, test := range map[string]struct {
		reason string
		pods   []corev1.Pod
		want   string
	}{
		"log":     {"BackoffLimitExceeded", ended(3, "Error", "one\ntwo\n\nthree\nfour\n"), "exit code 3: two / three / four"},
		"killed":  {"BackoffLimitExceeded", ended(137, "OOMKilled", ""), "exit code 137 (OOMKilled)"},
		"no pod":  {"BackoffLimitExceeded", nil, "BackoffLimitExceeded: it is said"},
		"late":    {"DeadlineExceeded", nil, "it did not end within 10m0s"},
		"image":   {"DeadlineExceeded", pod(corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ImagePullBackOff", Message: "no such image"}}), "it did not end within 10m0s: ImagePullBackOff: no such image"},
		"verbose": {"BackoffLimitExceeded", ended(1, "Error", strings.Repeat("é", 500)), "exit code 1: ... " + strings.Repeat("é", 200)},
	} {
		got := explain(job, &batchv1.JobCondition{Reason: test.reason, Message: "it is said"}, test.pods)
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
