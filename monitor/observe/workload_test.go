package observe

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func ptr[V any](v V) *V { return &v }

func TestDeploymentMayTakeAway(t *testing.T) {
	rolling := func(unavailable, surge string) appsv1.DeploymentStrategy {
		return appsv1.DeploymentStrategy{
			Type:          appsv1.RollingUpdateDeploymentStrategyType,
			RollingUpdate: &appsv1.RollingUpdateDeployment{MaxUnavailable: ptr(intstr.Parse(unavailable)), MaxSurge: ptr(intstr.Parse(surge))},
		}
	}
	tests := map[string]struct {
		strategy appsv1.DeploymentStrategy
		replicas int32
		want     int32
	}{
		"a quarter of three": {rolling("25%", "25%"), 3, 0},
		"a quarter of four":  {rolling("25%", "25%"), 4, 1},
		"neither":            {rolling("0", "0"), 4, 1},
		"one at least":       {rolling("25%", "0"), 2, 1},
		"all":                {appsv1.DeploymentStrategy{Type: appsv1.RecreateDeploymentStrategyType}, 4, 4},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := deployment(&appsv1.Deployment{Spec: appsv1.DeploymentSpec{Replicas: &tt.replicas, Strategy: tt.strategy}})
			if got.maxUnavailable != tt.want || got.desired != tt.replicas {
				t.Errorf("got %+v, want %d of %d", got, tt.want, tt.replicas)
			}
		})
	}
}

func TestWorkloadsAsSeen(t *testing.T) {
	stale := metav1.ObjectMeta{Generation: 2}
	tests := map[string]struct{ got, want workload }{
		"deployment whose status is old": {
			deployment(&appsv1.Deployment{ObjectMeta: stale, Status: appsv1.DeploymentStatus{ObservedGeneration: 1, ReadyReplicas: 1, UpdatedReplicas: 2}}),
			workload{desired: 1, ready: 1, updated: 2},
		},
		"stateful set": {
			statefulSet(&appsv1.StatefulSet{
				Spec:   appsv1.StatefulSetSpec{Replicas: ptr(int32(3))},
				Status: appsv1.StatefulSetStatus{ReadyReplicas: 2, UpdatedReplicas: 1},
			}),
			workload{desired: 3, ready: 2, updated: 1, maxUnavailable: 1, observed: true},
		},
		"stateful set that is not rolled": {
			statefulSet(&appsv1.StatefulSet{Spec: appsv1.StatefulSetSpec{
				UpdateStrategy: appsv1.StatefulSetUpdateStrategy{Type: appsv1.OnDeleteStatefulSetStrategyType},
			}}),
			workload{desired: 1, observed: true},
		},
		"daemon set": {
			daemonSet(&appsv1.DaemonSet{
				Spec: appsv1.DaemonSetSpec{UpdateStrategy: appsv1.DaemonSetUpdateStrategy{
					RollingUpdate: &appsv1.RollingUpdateDaemonSet{MaxUnavailable: ptr(intstr.Parse("10%"))},
				}},
				Status: appsv1.DaemonSetStatus{DesiredNumberScheduled: 5, NumberReady: 4, UpdatedNumberScheduled: 3},
			}),
			workload{desired: 5, ready: 4, updated: 3, maxUnavailable: 1, observed: true},
		},
		"running job": {
			job(&batchv1.Job{Spec: batchv1.JobSpec{Parallelism: ptr(int32(2))}, Status: batchv1.JobStatus{Ready: ptr(int32(1))}}),
			workload{desired: 2, ready: 1, updated: 2, observed: true},
		},
		"complete job":  {job(&batchv1.Job{Status: batchv1.JobStatus{CompletionTime: &metav1.Time{}}}), workload{observed: true}},
		"suspended job": {job(&batchv1.Job{Spec: batchv1.JobSpec{Suspend: ptr(true)}}), workload{observed: true}},
		"failed job": {
			job(&batchv1.Job{Status: batchv1.JobStatus{Conditions: []batchv1.JobCondition{{Type: batchv1.JobFailed, Status: "True"}}}}),
			workload{observed: true},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if tt.got != tt.want {
				t.Errorf("got %+v, want %+v", tt.got, tt.want)
			}
		})
	}
}
