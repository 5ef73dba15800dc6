package build

import (
	"fmt"
	"slices"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Labels and annotations of a build's Job.
const (
	labelComponent   = "app.kubernetes.io/component"
	labelManagedBy   = "app.kubernetes.io/managed-by"
	component        = "build"
	LabelNamespace   = "spotguide.dev/build-namespace"
	LabelApplication = "spotguide.dev/build-application"
	annotationToken  = "spotguide.dev/build-token"
	annotationAsked  = "spotguide.dev/build-asked"
)

// Selector finds all builds' Jobs.
const Selector = labelComponent + "=" + component + "," + labelManagedBy + "=spotguide"

// keepFinished is how long a Job and its log stay to be looked at.
const keepFinished int32 = 24 * 60 * 60

// jobName is the same for the same content, so that it is built once.
func jobName(c recipe) string {
	name := c.Application
	if len(name) > 30 {
		name = strings.TrimRight(name[:30], "-")
	}
	return "build-" + name + "-" + c.tag[:16]
}

// job is the Job that builds a recipe and pushes its image.
func job(o Options, c recipe, token string) *batchv1.Job {
	// What does not build does not build the second time either; a pod that was
	// evicted does not count.
	retries, deadline, keep := int32(0), int64(o.Timeout.Seconds()), keepFinished
	labels := map[string]string{
		labelComponent: component, labelManagedBy: "spotguide",
		LabelNamespace: c.Namespace, LabelApplication: c.Application,
	}
	return &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{
			Name: jobName(c), Namespace: o.Namespace, Labels: labels,
			Annotations: map[string]string{annotationToken: token, annotationAsked: c.Asked},
		},
		Spec: batchv1.JobSpec{
			BackoffLimit: &retries, ActiveDeadlineSeconds: &deadline, TTLSecondsAfterFinished: &keep,
			PodFailurePolicy: &batchv1.PodFailurePolicy{Rules: []batchv1.PodFailurePolicyRule{{
				Action: batchv1.PodFailurePolicyActionIgnore,
				OnPodConditions: []batchv1.PodFailurePolicyOnPodConditionsPattern{
					{Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue},
				},
			}}},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec:       podSpec(o, c, token),
			},
		},
	}
}

// podSpec is that of the method.
func podSpec(o Options, c recipe, token string) corev1.PodSpec {
	if c.compiled != nil {
		return compilePod(o, c, token)
	}
	return buildkitPod(o, c, token)
}

// Where things are mounted.
const (
	registryPath = "/registry"
	configPath   = "/etc/buildkit"
)

func buildkitPod(o Options, c recipe, token string) corev1.PodSpec {
	no := false
	pod := corev1.PodSpec{
		RestartPolicy: corev1.RestartPolicyNever, AutomountServiceAccountToken: &no, EnableServiceLinks: &no,
		Containers: []corev1.Container{{
			Name: component, Image: o.Image,
			Command:                  []string{"buildctl-daemonless.sh"},
			Args:                     arguments(o, c, token),
			Env:                      []corev1.EnvVar{{Name: "BUILDKITD_FLAGS", Value: o.daemonFlags()}},
			Resources:                resources(o),
			SecurityContext:          securityContext(o),
			TerminationMessagePolicy: corev1.TerminationMessageFallbackToLogsOnError,
		}},
	}
	// BuildKit's layers need a file system that takes more of them.
	mount(&pod, "state", o.statePath(), corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}})
	if o.Config != "" {
		mount(&pod, "config", configPath, corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{
			LocalObjectReference: corev1.LocalObjectReference{Name: o.Config},
		}})
	}
	if o.Secret != "" {
		mount(&pod, "registry", registryPath, registrySecret(o))
		pod.Containers[0].Env = append(pod.Containers[0].Env, corev1.EnvVar{Name: "DOCKER_CONFIG", Value: registryPath})
	}
	return pod
}

// registrySecret is the registry's Secret as a Docker configuration.
func registrySecret(o Options) corev1.VolumeSource {
	return corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{
		SecretName: o.Secret, Items: []corev1.KeyToPath{{Key: corev1.DockerConfigJsonKey, Path: "config.json"}},
	}}
}

// mount gives the only container a volume.
func mount(pod *corev1.PodSpec, name, path string, source corev1.VolumeSource) {
	pod.Volumes = append(pod.Volumes, corev1.Volume{Name: name, VolumeSource: source})
	pod.Containers[0].VolumeMounts = append(pod.Containers[0].VolumeMounts, corev1.VolumeMount{
		Name: name, MountPath: path, ReadOnly: source.EmptyDir == nil,
	})
}

// statePath is where buildkitd keeps its state.
func (o Options) statePath() string {
	if o.Privileged {
		return "/var/lib/buildkit"
	}
	return "/home/user/.local/share/buildkit"
}

func (o Options) daemonFlags() string {
	flags := o.DaemonFlags
	if !o.Privileged {
		flags += " --oci-worker-no-process-sandbox" // there is no other one without root
	}
	if o.Config != "" {
		flags += " --config=" + configPath + "/buildkitd.toml"
	}
	return strings.TrimSpace(flags)
}

// arguments are buildctl's.
func arguments(o Options, c recipe, token string) []string {
	image := c.image(o.Registry)
	insecure := ""
	if o.Insecure {
		insecure = ",registry.insecure=true"
	}
	all := []string{
		"build", "--progress=plain", "--frontend=dockerfile.v0",
		"--opt=context=" + o.Address + "/sources/" + token,
		"--opt=filename=" + c.filename,
		fmt.Sprintf("--output=type=image,name=%s:%s,push=true%s", image, c.tag, insecure),
		fmt.Sprintf("--export-cache=type=registry,ref=%s:cache,mode=max%s", image, insecure),
		fmt.Sprintf("--import-cache=type=registry,ref=%s:cache%s", image, insecure),
	}
	if c.Target != "" {
		all = append(all, "--opt=target="+c.Target)
	}
	for _, arg := range append(slices.Clone(o.Args), c.arguments()...) {
		all = append(all, "--opt=build-arg:"+arg)
	}
	return all
}

// securityContext: without privileges BuildKit needs to make namespaces of its
// own, which the runtime's default profiles forbid.
func securityContext(o Options) *corev1.SecurityContext {
	if o.Privileged {
		yes := true
		return &corev1.SecurityContext{Privileged: &yes}
	}
	user := int64(1000)
	return &corev1.SecurityContext{
		RunAsUser: &user, RunAsGroup: &user,
		SeccompProfile:  &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeUnconfined},
		AppArmorProfile: &corev1.AppArmorProfile{Type: corev1.AppArmorProfileTypeUnconfined},
	}
}

func resources(o Options) corev1.ResourceRequirements {
	limits := corev1.ResourceList{}
	requests := corev1.ResourceList{}
	for name, quantity := range map[corev1.ResourceName]resource.Quantity{corev1.ResourceCPU: o.CPU, corev1.ResourceMemory: o.Memory} {
		if !quantity.IsZero() {
			limits[name] = quantity
			// Processors come in thousandths, which are no whole number.
			half := resource.NewMilliQuantity(quantity.MilliValue()/2, quantity.Format)
			requests[name] = *half
		}
	}
	return corev1.ResourceRequirements{Limits: limits, Requests: requests}
}
