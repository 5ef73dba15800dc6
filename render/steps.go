package render

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// Step is a Job to run beside the set. Its Job has no name and no labels of its
// own yet.
type Step struct {
	guide.Step
	Stage guide.Stage
	Job   *batchv1.Job
}

// steps makes the Jobs of an application's steps, which take after the workloads
// of its set.
func steps(req Request, objects []Object) ([]Step, error) {
	if len(req.Guide.Application.Steps.Before)+len(req.Guide.Application.Steps.After) == 0 {
		return nil, nil
	}
	patterns, err := stepPatterns(objects, req.Namespace)
	if err != nil {
		return nil, err
	}
	var made []Step
	var found problems
	for _, stage := range []guide.Stage{guide.StageBefore, guide.StageAfter} {
		for i, s := range req.Guide.Application.Steps.Of(stage) {
			after, err := patterns.of(s, req)
			if err == nil && s.Image == "" && after == nil {
				err = fmt.Errorf("there is nothing to take an image from: set `image:`")
			}
			if err != nil {
				file := path.Join(req.Match.Dir, guide.OverlayDir, guide.ApplicationFile)
				line, _ := guide.Locate(sub(req.Tree, path.Dir(file)), guide.ApplicationFile, "steps", string(stage), i)
				found.add(problem(file, line, "steps.%s[%s]: %w", stage, s.Name, err))
				continue
			}
			made = append(made, Step{Step: s, Stage: stage, Job: stepJob(s, after, patterns.host(after, req.Match.App))})
		}
	}
	return made, found.join()
}

// stepJob runs the step once for each try, in a pod of its own, so that the log
// of every one stays.
func stepJob(s guide.Step, after *pattern, host string) *batchv1.Job {
	retries, deadline := s.Retries, int64(s.Timeout.Seconds())
	return &batchv1.Job{
		TypeMeta: metav1.TypeMeta{APIVersion: "batch/v1", Kind: "Job"},
		Spec: batchv1.JobSpec{
			BackoffLimit: &retries, ActiveDeadlineSeconds: &deadline,
			// A pod that was evicted is no try.
			PodFailurePolicy: &batchv1.PodFailurePolicy{Rules: []batchv1.PodFailurePolicyRule{{
				Action: batchv1.PodFailurePolicyActionIgnore,
				OnPodConditions: []batchv1.PodFailurePolicyOnPodConditionsPattern{
					{Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue},
				},
			}}},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Annotations: maps.Clone(s.Annotations)},
				Spec:       stepPod(s, after, host),
			},
		},
	}
}

// stepPod is a pod for one command with all that the component's has, except what
// only makes sense for a server: probes, ports, life cycle, claims that only one
// node may mount.
func stepPod(s guide.Step, after *pattern, host string) corev1.PodSpec {
	var pod corev1.PodSpec
	var c corev1.Container
	if after != nil {
		from := after.pod
		pod = corev1.PodSpec{
			ServiceAccountName: from.ServiceAccountName, AutomountServiceAccountToken: from.AutomountServiceAccountToken,
			ImagePullSecrets: from.ImagePullSecrets, SecurityContext: from.SecurityContext,
			NodeSelector: from.NodeSelector, Tolerations: from.Tolerations,
			EnableServiceLinks: from.EnableServiceLinks, DNSPolicy: from.DNSPolicy, DNSConfig: from.DNSConfig, HostAliases: from.HostAliases,
		}
		c = corev1.Container{
			Image: after.container.Image, ImagePullPolicy: after.container.ImagePullPolicy,
			Env: slices.Clone(after.container.Env), EnvFrom: after.container.EnvFrom,
			Resources: after.container.Resources, SecurityContext: after.container.SecurityContext,
		}
		if s.Image == "" {
			c.WorkingDir = after.container.WorkingDir
		}
		pod.Volumes, c.VolumeMounts = stepVolumes(after)
	}
	c.Name, c.TerminationMessagePolicy = "step", corev1.TerminationMessageFallbackToLogsOnError
	if s.Image != "" {
		c.Image, c.ImagePullPolicy = s.Image, ""
	}
	c.Command, c.Args = s.Command, s.Args
	if s.Run != "" {
		c.Command, c.Args = []string{"sh", "-c"}, []string{s.Run}
	}
	env := map[string]string{"APP": host}
	maps.Copy(env, s.Env)
	for _, name := range slices.Sorted(maps.Keys(env)) {
		c.Env = slices.DeleteFunc(c.Env, func(e corev1.EnvVar) bool { return e.Name == name })
		c.Env = append(c.Env, corev1.EnvVar{Name: name, Value: env[name]})
	}
	pod.RestartPolicy, pod.Containers = corev1.RestartPolicyNever, []corev1.Container{c}
	return pod
}

// stepVolumes are those that any number of pods may have at once.
func stepVolumes(after *pattern) (volumes []corev1.Volume, mounts []corev1.VolumeMount) {
	for _, m := range after.container.VolumeMounts {
		i := slices.IndexFunc(after.pod.Volumes, func(v corev1.Volume) bool { return v.Name == m.Name })
		if i < 0 {
			continue
		}
		v := after.pod.Volumes[i]
		if v.ConfigMap == nil && v.Secret == nil && v.Projected == nil && v.EmptyDir == nil && v.DownwardAPI == nil {
			continue
		}
		mounts = append(mounts, m)
		if !slices.ContainsFunc(volumes, func(other corev1.Volume) bool { return other.Name == v.Name }) {
			volumes = append(volumes, v)
		}
	}
	return volumes, mounts
}

// quoted lists names for an error, the first few of them.
func quoted(names []string) string {
	const most = 5
	if more := len(names) - most; more > 0 {
		names = append(slices.Clone(names[:most]), fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, ", ")
}
