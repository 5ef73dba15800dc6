package guide

// Application is application.yaml: what the application is.
type Application struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	// Name is the guide's name in a guide, the application's in .spotguide/.
	Name        string `json:"name,omitempty"`
	Description string `json:"description,omitempty"`

	Detect     Detect      `json:"detect,omitempty"`
	Render     Render      `json:"render,omitempty"`
	Components []Component `json:"components,omitempty"`
}

// Detect says how a folder is recognised. A folder matches when every pattern
// in All and at least one in Any (if there are any) is found in it, and none in
// None.
type Detect struct {
	// Priority settles ambiguity in one folder: the highest wins, then the name.
	Priority int       `json:"priority,omitempty"`
	All      []Pattern `json:"all,omitempty"`
	Any      []Pattern `json:"any,omitempty"`
	None     []Pattern `json:"none,omitempty"`
}

// Pattern recognises one file of a folder and may read facts from it.
type Pattern struct {
	Name string `json:"name,omitempty"`
	// File is a path.Match pattern on the path below the folder; it never
	// crosses into another folder unless it says so ("kustomize/*.yaml").
	File string `json:"file"`
	// Kubernetes demands that the file holds at least one Kubernetes object
	// (a YAML or JSON document with apiVersion and kind).
	Kubernetes bool `json:"kubernetes,omitempty"`
	// Contains is a regular expression (RE2) that some line must match; named
	// groups become facts.
	Contains string `json:"contains,omitempty"`
	// Text is what `spotguide detect` says when the pattern was found.
	Text string `json:"text,omitempty"`
}

// Engine names a way to render.
type Engine string

// The engines.
const (
	EngineManifests Engine = "manifests" // plain YAML, as it is
	EngineKustomize Engine = "kustomize" // the folder's kustomization
	EngineHelm      Engine = "helm"      // the folder's chart
	EngineChart     Engine = "chart"     // the guide's own chart
)

// Render says how objects are made.
type Render struct {
	Engine Engine `json:"engine,omitempty"`
	// Exclude are path.Match patterns of files that the manifests engine leaves
	// out, below the application's folder.
	Exclude []string `json:"exclude,omitempty"`
}

// Component is one workload of an application. The guide's chart reads it; for
// rendered manifests it only names what the SLA speaks of.
type Component struct {
	Name string `json:"name"`
	// Workload is the kind: Deployment (default), StatefulSet, DaemonSet, Job,
	// CronJob.
	Workload string            `json:"workload,omitempty"`
	Image    string            `json:"image,omitempty"`
	Command  []string          `json:"command,omitempty"`
	Args     []string          `json:"args,omitempty"`
	Env      map[string]string `json:"env,omitempty"`
	Ports    []Port            `json:"ports,omitempty"`
	Probes   *Probes           `json:"probes,omitempty"`
}

// Port is one port a component listens on.
type Port struct {
	Name string `json:"name"`
	Port int32  `json:"port"`
	// Protocol: http (default), grpc, tcp, udp.
	Protocol string `json:"protocol,omitempty"`
	// Public ports get an Ingress.
	Public bool `json:"public,omitempty"`
	// Path is the prefix that the Ingress routes here, "/" unless given.
	Path string `json:"path,omitempty"`
}

// Probes are HTTP paths on the first http port; a TCP connect where empty.
type Probes struct {
	Readiness string `json:"readiness,omitempty"`
	Liveness  string `json:"liveness,omitempty"`
	Startup   string `json:"startup,omitempty"`
}
