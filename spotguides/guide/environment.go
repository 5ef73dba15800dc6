package guide

import (
	"fmt"
	"reflect"
	"strings"
)

// Environment is environment.yaml: where the application runs.
type Environment struct {
	// APIVersion is always spotguide.dev/v1.
	APIVersion string `json:"apiVersion" jsonschema:"required,enum=spotguide.dev/v1"`
	// Kind is always Environment.
	Kind string `json:"kind" jsonschema:"required,enum=Environment"`

	// Settings hold for every environment.
	Settings `json:",inline"`
	// Environments are laid over the settings beside them; the namespace's
	// annotation spotguide.dev/environment names one.
	Environments map[string]Settings `json:"environments,omitempty"`
}

// Settings are what differs between environments.
type Settings struct {
	// Size is a preset for components whose resources or replicas nothing here
	// says: small, medium or large.
	Size string `json:"size,omitempty" jsonschema:"enum=large,enum=medium,enum=small"`
	// Replicas of every component that the SLA does not scale.
	Replicas *int32 `json:"replicas,omitempty" jsonschema:"minimum=0"`
	// Resources by component, "*" for all that are not named.
	Resources map[string]Resources `json:"resources,omitempty"`
	// Domain below which applications are reached, as APPLICATION.DOMAIN, unless
	// the ingress has a host of its own.
	Domain string `json:"domain,omitempty"`
	// Ingress says how public ports are reached.
	Ingress *Ingress `json:"ingress,omitempty"`
	// Storage says of what kind and how large volumes are.
	Storage *Storage `json:"storage,omitempty"`
	// Services are what the application depends on, by kind: postgresql, redis,
	// kafka.
	Services map[string]Backing `json:"services,omitempty"`
	// NetworkPolicy lets only those reach the application that have to, and lets
	// it reach everything but other applications and the cloud's metadata.
	NetworkPolicy bool `json:"networkPolicy,omitempty"`
	// ValuesFiles are Helm values files below the application's folder, laid
	// over the chart's own in this order. Values go over them.
	ValuesFiles []string `json:"valuesFiles,omitempty"`
	// Values are Helm values; a null takes a default of the chart away.
	Values map[string]any `json:"values,omitempty"`
	// Path replaces the folder that is rendered (a kustomize overlay, say),
	// relative to the application's folder and below it.
	Path string `json:"path,omitempty"`
	// Ref, only below environments, is what feeds the environment: a branch,
	// tag:NAME, semver:RANGE or a commit. It is read at the root of what a
	// namespace follows, on the default branch; the namespace's annotation
	// spotguide.dev/ref goes before it.
	Ref string `json:"ref,omitempty"`
	// Promote, only below environments and in place of a ref, feeds the
	// environment with what is healthy in another one.
	Promote *Promote `json:"promote,omitempty"`
}

// Resources are a container's requests and limits as Kubernetes quantities.
type Resources struct {
	// Requests are what is set aside: cpu, memory, ephemeral-storage.
	Requests map[string]string `json:"requests,omitempty"`
	// Limits are what it may use at most.
	Limits map[string]string `json:"limits,omitempty"`
}

// Ingress says how public ports are reached.
type Ingress struct {
	// Kind is ingress, gateway, loadbalancer, none, or auto (the default), which
	// takes what the cluster has, in this order.
	Kind string `json:"kind,omitempty" jsonschema:"enum=auto,enum=gateway,enum=ingress,enum=loadbalancer,enum=none"`
	// Class is the IngressClass; the cluster's default unless given.
	Class string `json:"class,omitempty"`
	// Gateway is the Gateway to attach to, as NAMESPACE/NAME; the only one that
	// takes routes from here unless given.
	Gateway string `json:"gateway,omitempty"`
	// Host is the DNS name; any host unless given.
	Host string `json:"host,omitempty"`
	// TLSSecret names a Secret with tls.crt and tls.key.
	TLSSecret string `json:"tlsSecret,omitempty"`
	// TLSIssuer is the ClusterIssuer of cert-manager that certificates come
	// from; the only one unless given.
	TLSIssuer string `json:"tlsIssuer,omitempty"`
	// Annotations are put on what routes to the application.
	Annotations map[string]string `json:"annotations,omitempty"`
}

// Storage is for volumes that a component, a compose file or a provided service
// has.
type Storage struct {
	// Class is the storage class of those that name none; the cluster's default
	// unless given.
	Class string `json:"class,omitempty"`
	// Sizes are quantities by the volumes' names, before those that a component or
	// a compose file gives. A volume that is there already keeps its own.
	Sizes map[string]string `json:"sizes,omitempty"`
}

// The sizes of Settings.
const (
	SizeSmall  = "small"
	SizeMedium = "medium"
	SizeLarge  = "large"
)

// The kinds of an Ingress.
const (
	IngressAuto         = "auto"
	IngressIngress      = "ingress"
	IngressGateway      = "gateway"
	IngressLoadBalancer = "loadbalancer"
	IngressNone         = "none"
)

// Backing is a service that an application depends on: provided beside it, or
// there already.
type Backing struct {
	// Provide runs one for this application alone, with its data on a volume that
	// is never deleted by itself.
	Provide bool `json:"provide,omitempty"`
	// Version of what is provided.
	Version string `json:"version,omitempty"`
	// Storage of what is provided, as a quantity; 1Gi unless given.
	Storage string `json:"storage,omitempty"`
	// StorageClass of its volume; the cluster's default unless given.
	StorageClass string `json:"storageClass,omitempty"`
	// Secret is one that is there already, whose keys become environment
	// variables of the application.
	Secret string `json:"secret,omitempty"`
}

// The kinds of a Backing that can be provided.
const (
	ServicePostgreSQL = "postgresql"
	ServiceRedis      = "redis"
	ServiceKafka      = "kafka"
)

// For returns the settings in effect for the environment of that name: its own
// laid over those that hold for every environment, by the rules of Overlay. An
// empty name means no environment. A name is not looked up when no environments
// are declared at all, since it may only choose a kustomize overlay; otherwise
// an unknown one is an error that lists the known.
func (e Environment) For(name string) (Settings, error) {
	over, ok := e.Environments[name]
	if !ok && name != "" && len(e.Environments) > 0 {
		return Settings{}, fmt.Errorf("environment %q is not declared in environment.yaml; it has %s",
			name, strings.Join(sortedKeys(e.Environments), ", "))
	}
	base, err := encode(e.Settings)
	if err != nil {
		return Settings{}, err
	}
	top, err := encode(over)
	if err != nil {
		return Settings{}, err
	}
	var effective Settings
	d := decoder{&report{}}
	d.decode(merge(base, top, reflect.TypeFor[Settings]()), reflect.ValueOf(&effective).Elem(), "")
	effective.classify()
	return effective, d.problems.err()
}

// classify gives provided services the storage class that holds for all.
func (s *Settings) classify() {
	if s.Storage == nil {
		return
	}
	for kind, b := range s.Services {
		if b.Provide && b.StorageClass == "" {
			b.StorageClass = s.Storage.Class
			s.Services[kind] = b
		}
	}
}

// ResourcesOf returns the component's own resources, else those of "*".
func (s Settings) ResourcesOf(component string) (Resources, bool) {
	return of(s.Resources, component)
}

// of looks a component up in a map that may hold "*" for all.
func of[V any](m map[string]V, component string) (V, bool) {
	if v, ok := m[component]; ok {
		return v, true
	}
	v, ok := m["*"]
	return v, ok
}
