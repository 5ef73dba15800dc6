package guide

// Platform is what a cluster offers to applications beyond its kinds, as a survey
// of it has found. The zero Platform offers nothing.
type Platform struct {
	// Provider of the cloud that the nodes are in: aws, gcp or azure; empty
	// elsewhere.
	Provider string `json:"provider,omitempty"`
	// IngressClasses by name.
	IngressClasses []IngressClass `json:"ingressClasses,omitempty"`
	// Provisions is the ingress class that the agent brings up as soon as an
	// application needs one and there is none, traefik; empty if it may not.
	Provisions string `json:"provisions,omitempty"`
	// Gateways by namespace and name.
	Gateways []Gateway `json:"gateways,omitempty"`
	// ClusterIssuers are the names of cert-manager's.
	ClusterIssuers []string `json:"clusterIssuers,omitempty"`
	// ExternalDNS tells that external-dns runs.
	ExternalDNS bool `json:"externalDNS,omitempty"`
	// DefaultStorageClass is empty when a claim without a class waits for ever.
	DefaultStorageClass string `json:"defaultStorageClass,omitempty"`
}

// The providers that a Platform tells apart.
const (
	ProviderAWS   = "aws"
	ProviderGCP   = "gcp"
	ProviderAzure = "azure"
)

// IngressClass is a class and who serves it.
type IngressClass struct {
	Name string `json:"name"`
	// Controller as the class has it: k8s.io/ingress-nginx,
	// traefik.io/ingress-controller, ingress.k8s.aws/alb, ...
	Controller string `json:"controller,omitempty"`
	// Default tells that an Ingress without a class gets this one.
	Default bool `json:"default,omitempty"`
	// Provided tells that the agent has brought it up itself.
	Provided bool `json:"provided,omitempty"`
}

// Gateway is a Gateway of the Gateway API.
type Gateway struct {
	Namespace string     `json:"namespace"`
	Name      string     `json:"name"`
	Class     string     `json:"class,omitempty"`
	Listeners []Listener `json:"listeners,omitempty"`
}

// Listener is one of a Gateway's.
type Listener struct {
	Name string `json:"name"`
	// Protocol is HTTP, HTTPS, TLS, TCP or UDP.
	Protocol string `json:"protocol"`
	Port     int32  `json:"port"`
	// Hostname that it serves, maybe with a wildcard; every one when empty.
	Hostname string `json:"hostname,omitempty"`
	// All tells that routes of every namespace may attach, not only those of the
	// Gateway's own.
	All bool `json:"all,omitempty"`
}
