// Package config reads the agent's configuration: flags, and a file laid over
// them that is read again whenever it changes. What a running agent can take up
// is in Live; everything else needs a restart and only flags set it.
package config

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/yaml"
)

// Config is everything that can be set.
type Config struct {
	File              string // --config
	Listen            string // address of the HTTP server
	Data              string // folder of the Git mirrors
	NamespaceSelector string // label selector of the namespaces to look at
	LeaderElect       bool
	LeaseNamespace    string
	LeaseName         string
	TenantRole        string // ClusterRole bound for a namespace's own account
	LogFormat         string // text or json
	Concurrency       int    // passes and requests in flight
	WebhookSecretFile string
	Build             Build
	Ingress           Ingress

	// RenderWorker is the command that renders charts and kustomizations in a
	// process of its own; not a flag, since it is this binary's own.
	RenderWorker []string

	Live Live
}

// Build says where images are built from source; not at all without a Registry.
type Build struct {
	Registry    string   // where images go: a host, maybe with a path
	Namespace   string   // of the builds
	Insecure    bool     // the registry speaks plain HTTP
	Secret      string   // dockerconfigjson Secret in that namespace
	Image       string   // of BuildKit
	AgentImage  string   // the agent's own
	StaticBase  string   // of programs built by method ko
	DaemonFlags string   // buildkitd's
	Config      string   // ConfigMap with buildkitd.toml
	Args        []string // NAME=VALUE that builds are given
	Privileged  bool
	Address     string // this agent's own, as a pod reaches it
	Concurrency int
	Timeout     time.Duration
	CPU, Memory string
}

// Live is what may change while the agent runs. The file holds just this.
type Live struct {
	LogLevel string `json:"logLevel,omitempty"`
	// AllowRepositories are globs on addresses; empty allows every https and
	// ssh address that is not in a private network.
	AllowRepositories []string `json:"allowRepositories,omitempty"`
	AllowFile         bool     `json:"allowFile,omitempty"`
	AllowHTTP         bool     `json:"allowHTTP,omitempty"`
	// AllowPrivate are hosts and networks that are reached although they are
	// loopback, private or cluster-internal.
	AllowPrivate []string `json:"allowPrivate,omitempty"`
	// AllowClusterKinds are the cluster-scoped kinds that applications may own,
	// as globs of Kind.group, or of Kind for the core group; AllowNamespaces the
	// foreign namespaces that they may write to, as globs.
	AllowClusterKinds []string `json:"allowClusterKinds,omitempty"`
	AllowNamespaces   []string `json:"allowNamespaces,omitempty"`
}

// Default is what holds without flags and file.
func Default() Config {
	return Config{
		Listen: ":8080", Data: "/var/lib/spotguide", LeaderElect: true,
		LeaseNamespace: "spotguide-system", LeaseName: "spotguide",
		TenantRole: "spotguide-tenant", LogFormat: "text", Concurrency: 16,
		Build: Build{
			Namespace: "spotguide-builds", Image: "moby/buildkit:rootless",
			Concurrency: 2, Timeout: 30 * time.Minute, CPU: "2", Memory: "4Gi",
		},
		Ingress: Ingress{Namespace: "spotguide-ingress", ServiceType: "LoadBalancer"},
		Live:    Live{LogLevel: "info"},
	}
}

// Flags declares a flag for each setting.
func (c *Config) Flags(f *pflag.FlagSet) {
	f.StringVar(&c.File, "config", c.File, "YAML file laid over the flags and read again when it changes")
	f.StringVar(&c.Listen, "listen", c.Listen, "address of /healthz, /readyz, /metrics and /hooks")
	f.StringVar(&c.Data, "data", c.Data, "folder of the Git mirrors; may be emptied at any time")
	f.StringVar(&c.NamespaceSelector, "namespace-selector", c.NamespaceSelector, "only namespaces with these labels")
	f.BoolVar(&c.LeaderElect, "leader-elect", c.LeaderElect, "work only while holding the Lease, so that replicas can stand by")
	f.StringVar(&c.LeaseNamespace, "lease-namespace", c.LeaseNamespace, "namespace of the Lease")
	f.StringVar(&c.LeaseName, "lease-name", c.LeaseName, "name of the Lease")
	f.StringVar(&c.TenantRole, "tenant-role", c.TenantRole, "ClusterRole that a bound namespace's service account spotguide gets in its namespace; empty binds none")
	f.StringVar(&c.LogFormat, "log-format", c.LogFormat, "text or json")
	f.IntVar(&c.Concurrency, "concurrency", c.Concurrency, "how many applications are rendered and applied at once")
	f.StringVar(&c.WebhookSecretFile, "webhook-secret-file", c.WebhookSecretFile, "file with the secret that webhooks are signed with; without it /hooks is closed")
	c.Build.flags(f)
	c.Ingress.flags(f)
	f.StringVar(&c.Live.LogLevel, "log-level", c.Live.LogLevel, "debug, info, warn or error")
	f.StringSliceVar(&c.Live.AllowRepositories, "allow-repository", nil, "glob of addresses that may be followed (repeatable); all public https and ssh ones unless given")
	f.BoolVar(&c.Live.AllowFile, "allow-file", false, "allow file:// repositories")
	f.BoolVar(&c.Live.AllowHTTP, "allow-http", false, "allow repositories over http:// without TLS")
	f.StringSliceVar(&c.Live.AllowPrivate, "allow-private", nil, "host or network (CIDR) that is reached although it is loopback, private or cluster-internal (repeatable)")
	f.StringSliceVar(&c.Live.AllowClusterKinds, "allow-cluster-kinds", nil, "cluster-scoped kinds that applications may own, as globs such as ClusterRole.rbac.authorization.k8s.io, or Namespace of the core group (repeatable)")
	f.StringSliceVar(&c.Live.AllowNamespaces, "allow-namespaces", nil, "globs of foreign namespaces that applications may write to (repeatable)")
}

// Validate reports every setting that is wrong, by its flag.
func (c *Config) Validate() error {
	var errs []error
	if _, err := labels.Parse(c.NamespaceSelector); err != nil {
		errs = append(errs, fmt.Errorf("--namespace-selector: %w", err))
	}
	if c.LogFormat != "text" && c.LogFormat != "json" {
		errs = append(errs, fmt.Errorf("--log-format: %q is neither text nor json", c.LogFormat))
	}
	if c.Concurrency < 1 || c.Concurrency > 256 {
		errs = append(errs, fmt.Errorf("--concurrency: %d is not between 1 and 256", c.Concurrency))
	}
	errs = append(errs, c.Build.validate()...)
	errs = append(errs, c.Ingress.validate()...)
	return errors.Join(append(errs, c.Live.validate())...)
}

func (l Live) validate() error {
	if _, err := l.Level(); err != nil {
		return err
	}
	return nil
}

// Level is LogLevel as slog has it.
func (l Live) Level() (slog.Level, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(l.LogLevel)); err != nil {
		return level, fmt.Errorf("logLevel: %q is not one of debug, info, warn, error", l.LogLevel)
	}
	return level, nil
}

// Overlay reads the file at path over base. Unknown fields are errors.
func Overlay(base Live, path string) (Live, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return base, fmt.Errorf("read configuration: %w", err)
	}
	live := base
	if err := yaml.UnmarshalStrict(raw, &live); err != nil {
		return base, fmt.Errorf("configuration %s: %w", path, err)
	}
	if err := live.validate(); err != nil {
		return base, fmt.Errorf("configuration %s: %w", path, err)
	}
	return live, nil
}

// settle is how long a changed file has to rest before it is read: an editor
// and a mounted ConfigMap both change a folder in several steps.
const settle = 100 * time.Millisecond
