package observe

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func waiting(name, reason string) corev1.ContainerStatus {
	return corev1.ContainerStatus{Name: name, State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason}}}
}

func terminated(reason string, code int32) *corev1.ContainerStateTerminated {
	return &corev1.ContainerStateTerminated{Reason: reason, ExitCode: code}
}

func containers(list ...corev1.ContainerStatus) *corev1.Pod {
	return &corev1.Pod{Status: corev1.PodStatus{ContainerStatuses: list}}
}

func TestExplain(t *testing.T) {
	running := corev1.ContainerStatus{Name: "ok", State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}}
	crashing := waiting("c", "CrashLoopBackOff")
	crashing.LastTerminationState.Terminated = terminated("OOMKilled", 137)
	restarted := running
	restarted.LastTerminationState.Terminated = terminated("Error", 1)
	failed := corev1.ContainerStatus{Name: "c", State: corev1.ContainerState{Terminated: terminated("OOMKilled", 137)}}
	completed := corev1.ContainerStatus{Name: "i", State: corev1.ContainerState{Terminated: terminated("Completed", 0)}}

	initWaits := containers(waiting("c", "PodInitializing"))
	initWaits.Status.InitContainerStatuses = []corev1.ContainerStatus{completed, waiting("i", "ImagePullBackOff")}
	unscheduled := &corev1.Pod{Status: corev1.PodStatus{Conditions: []corev1.PodCondition{
		{Type: corev1.PodScheduled, Status: corev1.ConditionFalse, Reason: "Unschedulable"},
	}}}
	evicted := containers(failed)
	evicted.Status.Reason = "Evicted"
	going := containers(crashing)
	going.DeletionTimestamp = &metav1.Time{}

	tests := map[string]struct {
		pod  *corev1.Pod
		want why
	}{
		"all well":                       {containers(running), why{}},
		"nothing known yet":              {containers(), why{}},
		"crash loop":                     {containers(running, crashing), why{"CrashLoopBackOff", "c", "OOMKilled", ""}},
		"between exit and back-off":      {containers(failed), why{"OOMKilled", "c", "OOMKilled", ""}},
		"restarted and well":             {containers(restarted), why{"", "ok", "Error", ""}},
		"trouble goes before starting":   {containers(waiting("a", "ContainerCreating"), waiting("b", "ErrImagePull")), why{"ErrImagePull", "b", "", ""}},
		"starting goes before old exits": {containers(restarted, waiting("a", "ContainerCreating")), why{"ContainerCreating", "a", "", ""}},
		"init container":                 {initWaits, why{"ImagePullBackOff", "i", "", ""}},
		"no node":                        {unscheduled, why{"Unschedulable", "", "", ""}},
		"evicted":                        {evicted, why{"Evicted", "", "OOMKilled", ""}},
		"being deleted":                  {going, why{"Terminating", "", "", ""}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := explain(tt.pod); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestOwnerOf(t *testing.T) {
	yes := true
	owned := func(kind, name, hash string) *corev1.Pod {
		p := &corev1.Pod{}
		p.OwnerReferences = []metav1.OwnerReference{{Kind: "Other", Name: "x"}, {Kind: kind, Name: name, Controller: &yes}}
		if hash != "" {
			p.Labels = map[string]string{"pod-template-hash": hash}
		}
		return p
	}
	tests := map[string]struct {
		pod  *corev1.Pod
		want Ref
	}{
		"deployment":               {owned("ReplicaSet", "web-api-6d4f", "6d4f"), Ref{"Deployment", "web-api"}},
		"replica set of its own":   {owned("ReplicaSet", "web-6d4f", ""), Ref{"ReplicaSet", "web-6d4f"}},
		"hash of something else":   {owned("ReplicaSet", "web-6d4f", "aaaa"), Ref{"ReplicaSet", "web-6d4f"}},
		"name that is only a hash": {owned("ReplicaSet", "-6d4f", "6d4f"), Ref{"ReplicaSet", "-6d4f"}},
		"stateful set":             {owned("StatefulSet", "db", ""), Ref{"StatefulSet", "db"}},
		"nobody":                   {&corev1.Pod{}, Ref{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := ownerOf(tt.pod); got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestPodTimes(t *testing.T) {
	now := time.Unix(10_000, 0)
	at := func(ago int64) metav1.Time { return metav1.Unix(now.Unix()-ago, 0) }
	grace := int64(30)
	condition := func(s corev1.ConditionStatus, ago int64) []corev1.PodCondition {
		return []corev1.PodCondition{{Type: corev1.PodReady, Status: s, LastTransitionTime: at(ago)}}
	}
	tests := map[string]struct {
		pod                      corev1.Pod
		age, unready, terminates int64
		ready                    bool
	}{
		"ready":        {pod: corev1.Pod{Status: corev1.PodStatus{Conditions: condition("True", 50)}}, age: 100, ready: true},
		"not ready":    {pod: corev1.Pod{Status: corev1.PodStatus{Conditions: condition("False", 50)}}, age: 100, unready: 50},
		"never seen":   {pod: corev1.Pod{}, age: 100, unready: 100},
		"completed":    {pod: corev1.Pod{Status: corev1.PodStatus{Phase: corev1.PodSucceeded, Conditions: condition("False", 50)}}, age: 100},
		"being killed": {pod: corev1.Pod{Status: corev1.PodStatus{Conditions: condition("True", 50)}}, age: 100, ready: true, terminates: 10},
		"just killed":  {pod: corev1.Pod{Status: corev1.PodStatus{Conditions: condition("True", 50)}}, age: 100, ready: true, terminates: 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			tt.pod.CreationTimestamp = at(100)
			if tt.terminates > 0 {
				deleted := at(tt.terminates - 30)
				if tt.terminates == 1 {
					deleted = at(-30) // asked for in this second
				}
				tt.pod.DeletionTimestamp, tt.pod.DeletionGracePeriodSeconds = &deleted, &grace
			}
			p := newPod(&tt.pod)
			got := newTable(nil).show(now, Workload{}, &p)
			type times struct {
				age, unready, terminates int64
				ready                    bool
			}
			want := times{tt.age, tt.unready, tt.terminates, tt.ready}
			have := times{got.AgeSeconds, got.NotReadyForSeconds, got.TerminatingSeconds, got.Ready}
			if diff := cmp.Diff(want, have, cmp.AllowUnexported(times{})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestCrashLooping(t *testing.T) {
	start := time.Unix(10_000, 0)
	ran := func(lasted time.Duration) corev1.ContainerState {
		end := terminated("Error", 1)
		end.StartedAt, end.FinishedAt = metav1.NewTime(start.Add(-lasted-time.Minute)), metav1.NewTime(start.Add(-time.Minute))
		return corev1.ContainerState{Terminated: end}
	}
	again := func(last corev1.ContainerState) corev1.ContainerStatus {
		return corev1.ContainerStatus{
			RestartCount: 2, LastTerminationState: last,
			State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.NewTime(start)}},
		}
	}
	inInit := &corev1.Pod{Status: corev1.PodStatus{InitContainerStatuses: []corev1.ContainerStatus{waiting("i", "CrashLoopBackOff")}}}
	once := again(ran(time.Second))
	once.RestartCount = 1
	crashed := again(ran(time.Second))
	crashed.State = ran(time.Second)
	tests := map[string]struct {
		pod   *corev1.Pod
		after time.Duration // since the container runs again
		want  bool
	}{
		"in back-off":                     {containers(waiting("c", "CrashLoopBackOff")), 0, true},
		"init container in back-off":      {inInit, 0, true},
		"first crash":                     {containers(corev1.ContainerStatus{State: ran(time.Second)}), 0, false},
		"second crash":                    {containers(crashed), 0, true},
		"runs again":                      {containers(again(ran(time.Second))), 29 * time.Second, true},
		"runs for longer than it did":     {containers(again(ran(time.Second))), 30 * time.Second, false},
		"ran for a minute, does again":    {containers(again(ran(time.Minute))), 119 * time.Second, true},
		"ran for a minute, outlived that": {containers(again(ran(time.Minute))), 2 * time.Minute, false},
		"had run for minutes":             {containers(again(ran(5 * time.Minute))), 0, false},
		"restarted once":                  {containers(once), 0, false},
		"waits for something else":        {containers(waiting("c", "ImagePullBackOff")), 0, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := newPod(tt.pod)
			if got := newTable(nil).show(start.Add(tt.after), Workload{}, &p).CrashLooping; got != tt.want {
				t.Errorf("got %t, want %t", got, tt.want)
			}
		})
	}
}
