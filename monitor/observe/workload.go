package observe

import (
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// workload is what is kept of a Deployment, StatefulSet, DaemonSet or Job.
type workload struct {
	desired, ready, updated int32
	maxUnavailable          int32
	observed                bool
	spread                  spread
}

func deployment(d *appsv1.Deployment) workload {
	w := workload{
		desired: orOne(d.Spec.Replicas), ready: d.Status.ReadyReplicas, updated: d.Status.UpdatedReplicas,
		observed: d.Status.ObservedGeneration >= d.Generation, spread: spreadOf(&d.Spec.Template.Spec, 0),
	}
	switch rolling := d.Spec.Strategy.RollingUpdate; {
	case d.Spec.Strategy.Type == appsv1.RecreateDeploymentStrategyType:
		w.maxUnavailable = w.desired
	case rolling != nil:
		w.maxUnavailable = portion(rolling.MaxUnavailable, w.desired, false)
		// The controller does the same, since it could not go on with neither.
		if w.maxUnavailable == 0 && portion(rolling.MaxSurge, w.desired, true) == 0 {
			w.maxUnavailable = 1
		}
	}
	return w
}

func statefulSet(s *appsv1.StatefulSet) workload {
	w := workload{
		desired: orOne(s.Spec.Replicas), ready: s.Status.ReadyReplicas, updated: s.Status.UpdatedReplicas,
		observed: s.Status.ObservedGeneration >= s.Generation, spread: spreadOf(&s.Spec.Template.Spec, len(s.Spec.VolumeClaimTemplates)),
	}
	if s.Spec.UpdateStrategy.Type != appsv1.OnDeleteStatefulSetStrategyType {
		w.maxUnavailable = 1
		if rolling := s.Spec.UpdateStrategy.RollingUpdate; rolling != nil && rolling.MaxUnavailable != nil {
			w.maxUnavailable = max(1, portion(rolling.MaxUnavailable, w.desired, false))
		}
	}
	return w
}

func daemonSet(d *appsv1.DaemonSet) workload {
	w := workload{
		desired: d.Status.DesiredNumberScheduled, ready: d.Status.NumberReady, updated: d.Status.UpdatedNumberScheduled,
		observed: d.Status.ObservedGeneration >= d.Generation,
	}
	if rolling := d.Spec.UpdateStrategy.RollingUpdate; rolling != nil {
		w.maxUnavailable = portion(rolling.MaxUnavailable, w.desired, true)
	}
	return w
}

// job asks for pods until it is complete or suspended.
func job(j *batchv1.Job) workload {
	w := workload{observed: true}
	if j.Status.Ready != nil {
		w.ready = *j.Status.Ready
	}
	done := j.Status.CompletionTime != nil || j.Spec.Suspend != nil && *j.Spec.Suspend
	for _, c := range j.Status.Conditions {
		done = done || c.Type == batchv1.JobFailed && c.Status == "True"
	}
	if !done {
		w.desired = orOne(j.Spec.Parallelism)
	}
	w.updated = w.desired
	return w
}

func orOne(n *int32) int32 {
	if n == nil {
		return 1
	}
	return *n
}

// portion is a number or percentage of total; 0 when it is not given.
func portion(v *intstr.IntOrString, total int32, up bool) int32 {
	n, err := intstr.GetScaledValueFromIntOrPercent(v, int(total), up)
	if err != nil {
		return 0 // nil; the API server lets nothing malformed in
	}
	return int32(n)
}
