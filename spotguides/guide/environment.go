package guide

// Environment is environment.yaml: where the application runs.
type Environment struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`

	// Settings hold for every environment.
	Settings `json:",inline"`
	// Environments are laid over Settings; the namespace's
	// spotguide.dev/environment annotation names one.
	Environments map[string]Settings `json:"environments,omitempty"`
}

// Settings are what differs between environments.
type Settings struct {
	Replicas  *int32               `json:"replicas,omitempty"`
	Resources map[string]Resources `json:"resources,omitempty"` // by component, "*" for all
	Ingress   *Ingress             `json:"ingress,omitempty"`
	// ValuesFiles are Helm values files below the application's folder, laid
	// over the chart's own in this order. Values go over them.
	ValuesFiles []string       `json:"valuesFiles,omitempty"`
	Values      map[string]any `json:"values,omitempty"`
	// Path replaces the folder that is rendered (a kustomize overlay, say),
	// relative to the application's folder.
	Path string `json:"path,omitempty"`
}

// Resources are a container's requests and limits as Kubernetes quantities.
type Resources struct {
	Requests map[string]string `json:"requests,omitempty"`
	Limits   map[string]string `json:"limits,omitempty"`
}

// Ingress says how public ports are reached.
type Ingress struct {
	Class string `json:"class,omitempty"`
	Host  string `json:"host,omitempty"`
	// TLSSecret names a Secret with tls.crt and tls.key.
	TLSSecret   string            `json:"tlsSecret,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}
