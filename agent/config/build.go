package config

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/util/validation"
)

// argName is what a Dockerfile can declare by ARG.
var argName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

func (b *Build) flags(f *pflag.FlagSet) {
	f.StringVar(&b.Registry, "registry", b.Registry, "registry that images built from source are pushed to, as HOST[:PORT][/PATH]; nothing is built without")
	f.BoolVar(&b.Insecure, "registry-insecure", b.Insecure, "reach the registry over plain HTTP")
	f.StringVar(&b.Secret, "registry-secret", b.Secret, "Secret of type kubernetes.io/dockerconfigjson in the builds' namespace that opens the registry")
	f.StringVar(&b.Address, "build-address", b.Address, "http address at which a pod reaches this agent, where builds fetch their source")
	f.StringVar(&b.Namespace, "build-namespace", b.Namespace, "namespace that builds run in")
	f.StringVar(&b.Image, "build-image", b.Image, "image of BuildKit with buildctl-daemonless.sh")
	f.StringVar(&b.AgentImage, "build-agent-image", b.AgentImage, "this agent's own image, for builds by method ko")
	f.StringVar(&b.StaticBase, "build-static-base", b.StaticBase, "base image of programs built by method ko, in place of gcr.io/distroless/static-debian12:nonroot")
	f.StringVar(&b.DaemonFlags, "build-daemon-flags", b.DaemonFlags, "further flags of buildkitd in builds")
	f.StringVar(&b.Config, "build-config", b.Config, "ConfigMap in the builds' namespace with buildkitd.toml, for mirrors and the like")
	f.StringArrayVar(&b.Args, "build-arg", b.Args, "NAME=VALUE that builds are given, for proxies and mirrors such as HTTPS_PROXY and GOPROXY; repeatable")
	f.BoolVar(&b.Privileged, "build-privileged", b.Privileged, "run builds as root with all privileges, on nodes where they cannot run without")
	f.IntVar(&b.Concurrency, "build-concurrency", b.Concurrency, "how many images are built at once")
	f.DurationVar(&b.Timeout, "build-timeout", b.Timeout, "how long one build may take")
	f.StringVar(&b.CPU, "build-cpu", b.CPU, "processors that one build may use; half of it is requested")
	f.StringVar(&b.Memory, "build-memory", b.Memory, "memory that one build may use; half of it is requested")
}

// validate reports what is wrong if anything is to be built.
func (b Build) validate() []error {
	if b.Registry == "" {
		return nil
	}
	var errs []error
	if strings.Contains(b.Registry, "://") {
		errs = append(errs, fmt.Errorf("--registry: %q has a scheme: leave it out", b.Registry))
	}
	if u, err := url.Parse(b.Address); err != nil || u.Scheme != "http" || u.Host == "" {
		errs = append(errs, fmt.Errorf("--build-address: %q is no http address: builds fetch their source there, such as http://$(POD_IP):8080", b.Address))
	}
	if problems := validation.IsDNS1123Label(b.Namespace); len(problems) > 0 {
		errs = append(errs, fmt.Errorf("--build-namespace: %q: %s", b.Namespace, problems[0]))
	}
	if b.Concurrency < 1 {
		errs = append(errs, fmt.Errorf("--build-concurrency: %d is less than 1", b.Concurrency))
	}
	if b.Timeout <= 0 {
		errs = append(errs, fmt.Errorf("--build-timeout: %s is no time to build in", b.Timeout))
	}
	for _, arg := range b.Args {
		if name, _, found := strings.Cut(arg, "="); !found || !argName.MatchString(name) {
			errs = append(errs, fmt.Errorf("--build-arg: %q is not NAME=VALUE, such as GOPROXY=https://go.example.com", arg))
		}
	}
	for flag, text := range map[string]string{"cpu": b.CPU, "memory": b.Memory} {
		if _, err := resource.ParseQuantity(text); err != nil {
			errs = append(errs, fmt.Errorf("--build-%s: %q: %w", flag, text, err))
		}
	}
	return errs
}
