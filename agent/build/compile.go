package build

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/spotguide/spotguide/agent/build/ko"
)

// Where a build without BuildKit has its folder, and what its images' tag for the
// cache is: BuildKit's own is of another kind.
const (
	compilePath = "/build"
	koCache     = "cache-ko"
	nobody      = int64(65532)
)

// compilePod fetches the source, compiles, and pushes, one after another. Only those
// containers that run this program see the registry's credentials: a compiler reads
// what others have written.
func compilePod(o Options, c recipe, token string) corev1.PodSpec {
	no, yes, user := false, true, nobody
	fetch := append([]string{"ko", "fetch", "--dir=" + compilePath, "--source=" + o.Address + "/sources/" + token}, c.cacheFlags(o)...)
	pod := corev1.PodSpec{
		RestartPolicy: corev1.RestartPolicyNever, AutomountServiceAccountToken: &no, EnableServiceLinks: &no,
		SecurityContext: &corev1.PodSecurityContext{
			RunAsNonRoot: &yes, RunAsUser: &user, RunAsGroup: &user, FSGroup: &user,
			SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault},
		},
		InitContainers: []corev1.Container{
			{Name: "fetch", Image: o.Agent, Args: fetch},
			c.compiler(o),
		},
		Containers: []corev1.Container{{Name: component, Image: o.Agent, Args: c.pushFlags(o), Resources: resources(o)}},
	}
	volumes := []corev1.Volume{{Name: "build", VolumeSource: corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}}}
	if o.Secret != "" {
		volumes = append(volumes, corev1.Volume{Name: "registry", VolumeSource: registrySecret(o)})
	}
	pod.Volumes = volumes
	for _, container := range []*corev1.Container{&pod.InitContainers[0], &pod.InitContainers[1], &pod.Containers[0]} {
		container.VolumeMounts = []corev1.VolumeMount{{Name: "build", MountPath: compilePath}}
		container.TerminationMessagePolicy = corev1.TerminationMessageFallbackToLogsOnError
		container.SecurityContext = &corev1.SecurityContext{
			AllowPrivilegeEscalation: &no, Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}},
		}
		if o.Secret != "" && container.Image == o.Agent {
			container.VolumeMounts = append(container.VolumeMounts, corev1.VolumeMount{Name: "registry", MountPath: registryPath, ReadOnly: true})
			container.Env = append(container.Env, corev1.EnvVar{Name: "DOCKER_CONFIG", Value: registryPath})
		}
	}
	return pod
}

// compiler runs the compiler, with the operator's proxies and mirrors.
func (c recipe) compiler(o Options) corev1.Container {
	cache := path.Join(compilePath, ko.CacheFolder)
	variables := map[string]string{
		"GOCACHE": path.Join(cache, ko.BuildCache), "GOMODCACHE": path.Join(cache, ko.ModuleCache),
		"GOTMPDIR": path.Join(compilePath, ko.TempFolder), "HOME": path.Join(compilePath, ko.TempFolder),
		"GOFLAGS": "-trimpath -buildvcs=false -modcacherw",
	}
	maps.Copy(variables, c.compiled.Environment)
	for _, arg := range o.Args {
		name, value, _ := strings.Cut(arg, "=")
		variables[name] = value
	}
	container := corev1.Container{
		Name: "compile", Image: c.compiled.Image, Resources: resources(o),
		Command:    []string{"sh", "-ec", c.compiled.Script},
		WorkingDir: path.Join(compilePath, ko.SourceFolder, c.Stack.Member(c.Dir)),
	}
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		container.Env = append(container.Env, corev1.EnvVar{Name: name, Value: variables[name]})
	}
	return container
}

func (c recipe) cacheFlags(o Options) []string {
	return []string{"--cache=" + c.image(o.Registry) + ":" + koCache, fmt.Sprintf("--insecure=%t", o.Insecure)}
}

func (c recipe) pushFlags(o Options) []string {
	base := c.compiled.Base
	if o.StaticBase != "" {
		base = o.StaticBase
	}
	flags := append([]string{"ko", "push", "--dir=" + compilePath}, c.cacheFlags(o)...)
	flags = append(flags, "--base="+base, "--image="+c.image(o.Registry)+":"+c.tag,
		"--program="+path.Join(c.Stack.Member(c.Dir), c.compiled.Program), "--port="+strconv.Itoa(int(c.compiled.Port)), "--")
	return append(flags, c.compiled.Args...)
}
