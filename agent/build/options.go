package build

import (
	"time"

	"k8s.io/apimachinery/pkg/api/resource"
)

// Options say where and how is built. Registry, Namespace, Image and Address are
// needed.
type Options struct {
	// Registry is where images go: a host, maybe with a path.
	Registry string
	// Insecure reaches the registry over plain HTTP.
	Insecure bool
	// Secret of type kubernetes.io/dockerconfigjson, in Namespace, that opens the
	// registry; "" where it is open.
	Secret string
	// Namespace of the Jobs. It has to let BuildKit make namespaces of its own: Pod
	// Security level privileged.
	Namespace string
	// Image holds buildctl-daemonless.sh, as moby/buildkit does.
	Image string
	// Agent is this program's own image, which fetches and pushes where nothing but a
	// compiler is needed; without it there is no build by method ko.
	Agent string
	// StaticBase is where the base image of such programs is had from, in place of the
	// usual registry.
	StaticBase string
	// DaemonFlags are buildkitd's.
	DaemonFlags string
	// Config is a ConfigMap in Namespace with buildkitd.toml, for mirrors and the
	// like; "" for none.
	Config string
	// Args are NAME=VALUE that builds are given: proxies, and mirrors of package
	// registries. They say where things come from, so they are not part of a tag.
	Args []string
	// Privileged runs BuildKit as root, where the nodes do not let it run without.
	Privileged bool
	// Address is this agent's own, as a pod reaches it: http://IP:PORT.
	Address string
	// Concurrency bounds the builds of the whole cluster.
	Concurrency int
	// Timeout of one build.
	Timeout time.Duration
	// CPU and Memory that a build may use; half of it is requested.
	CPU, Memory resource.Quantity
}
