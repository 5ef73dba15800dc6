package guide

import "slices"

// Application is application.yaml: what the application is, how it is
// recognised and what it consists of.
type Application struct {
	// APIVersion is always spotguide.dev/v1.
	APIVersion string `json:"apiVersion" jsonschema:"required,enum=spotguide.dev/v1"`
	// Kind is always Application.
	Kind string `json:"kind" jsonschema:"required,enum=Application"`
	// Name is the guide's name in a guide and the application's in .spotguide/;
	// a DNS label. An application without one is named after its folder.
	Name string `json:"name,omitempty"`
	// Description is one sentence for people.
	Description string `json:"description,omitempty"`
	// Guide, only in .spotguide/, names the guide that handles this folder
	// whatever is found in it.
	Guide string `json:"guide,omitempty"`

	// Detect, only in a guide, says how a folder is recognised.
	Detect Detect `json:"detect,omitempty"`
	// Render says how objects are made.
	Render Render `json:"render,omitempty"`
	// Components are the workloads. For a guide with a chart they are what it
	// renders; for rendered manifests they may be left out.
	Components []Component `json:"components,omitempty"`
	// Build says how an image is made where a component has none.
	Build Build `json:"build,omitzero"`
	// Steps are Jobs that run before and after a new revision.
	Steps Steps `json:"steps,omitzero"`
}

// Build says how an image is made of source code.
type Build struct {
	// Method is dockerfile, the folder's own or one that is written for it, unless
	// given; or ko, which compiles a Go program and lays it on a base image: without
	// Dockerfile, BuildKit and what else lies in the folder.
	Method string `json:"method,omitempty" jsonschema:"enum=dockerfile,enum=ko"`
}

// The methods of a Build.
const (
	BuildDockerfile = "dockerfile"
	BuildKo         = "ko"
)

// Detect says how a folder is recognised. A folder matches when every pattern
// in All and at least one in Any (if there are any) is found in it, and none in
// None. A guide without patterns in All and Any is never found by itself, only
// where somebody names it.
type Detect struct {
	// Priority settles ambiguity in one folder: the highest wins, then the name.
	Priority int `json:"priority,omitempty"`
	// Fallback makes a match count only when no guide without it matches
	// anywhere in the tree: a Dockerfile beside manifests builds the image that
	// they run, and is no application of its own.
	Fallback bool `json:"fallback,omitempty"`
	// All patterns must be found.
	All []Pattern `json:"all,omitempty"`
	// Any pattern must be found, if any is given.
	Any []Pattern `json:"any,omitempty"`
	// None of these patterns may be found.
	None []Pattern `json:"none,omitempty"`
	// Facts are read from a folder that matched.
	Facts []Fact `json:"facts,omitempty"`
}

// Pattern recognises one file of a folder.
type Pattern struct {
	// File is a path.Match pattern on the path below the folder; it never
	// crosses into another folder unless it says so ("kustomize/*.yaml").
	File string `json:"file" jsonschema:"required"`
	// Kubernetes demands that the file holds at least one Kubernetes object
	// that a cluster can take: a YAML or JSON document with apiVersion and kind
	// that is neither a template nor the configuration of a client-side tool.
	Kubernetes bool `json:"kubernetes,omitempty"`
	// Contains is a regular expression (RE2) that some line must match.
	Contains string `json:"contains,omitempty"`
	// Text is what `spotguide detect` says when the pattern was found.
	Text string `json:"text,omitempty"`
}

// Fact reads something worth knowing from the lines of a file. Of several facts
// with one name the first that is found counts.
type Fact struct {
	// Name is the key among the facts of a match: chart-version, port, image.
	Name string `json:"fact" jsonschema:"required"`
	// File is a path.Match pattern on the path below the folder.
	File string `json:"file" jsonschema:"required"`
	// Line is a regular expression (RE2) with one group, which is the value.
	Line string `json:"line" jsonschema:"required"`
	// Reset is a regular expression (RE2); what was found before a line that
	// matches it is forgotten. FROM begins a new stage of a Dockerfile, say.
	Reset string `json:"reset,omitempty"`
	// Take says which of several counts: first (the default), last, or all,
	// each value once, separated by a comma and a space.
	Take Take `json:"take,omitempty" jsonschema:"enum=first,enum=last,enum=all"`
	// Text is what `spotguide detect` says before the value.
	Text string `json:"text,omitempty"`
}

// Take says which of several lines gives a fact.
type Take string

// Which of several lines gives a fact.
const (
	TakeFirst Take = "first"
	TakeLast  Take = "last"
	TakeAll   Take = "all"
)

// Engine names a way to render.
type Engine string

// The engines.
const (
	EngineManifests Engine = "manifests" // plain YAML and JSON, as it is
	EngineKustomize Engine = "kustomize" // the folder's kustomization
	EngineHelm      Engine = "helm"      // the folder's chart
	EngineChart     Engine = "chart"     // the guide's own chart
)

// Engines lists the engines in the order of their names.
func Engines() []Engine {
	return []Engine{EngineChart, EngineHelm, EngineKustomize, EngineManifests}
}

// Render says how objects are made.
type Render struct {
	// Engine makes the objects: manifests, kustomize, helm, or chart, which is
	// the guide's own. A guide must name one.
	Engine Engine `json:"engine,omitempty" jsonschema:"enum=chart,enum=helm,enum=kustomize,enum=manifests"`
	// Exclude are path.Match patterns of files below the application's folder
	// that the manifests engine leaves out.
	Exclude []string `json:"exclude,omitempty"`
}

// Component is one workload of an application. The guide's chart reads it; for
// rendered manifests it only names what the SLA speaks of.
type Component struct {
	// Name is a DNS label.
	Name string `json:"name" jsonschema:"required"`
	// Workload is the kind: Deployment, StatefulSet, DaemonSet, Job or CronJob. Not
	// given, it is what source code, a compose file or volumes tell, else a
	// Deployment.
	Workload string `json:"workload,omitempty" jsonschema:"enum=Deployment,enum=StatefulSet,enum=DaemonSet,enum=Job,enum=CronJob"`
	// Image is the container image, with a tag or a digest.
	Image string `json:"image,omitempty"`
	// Command replaces the image's entrypoint.
	Command []string `json:"command,omitempty"`
	// Args replace the image's command.
	Args []string `json:"args,omitempty"`
	// Env are environment variables.
	Env map[string]string `json:"env,omitempty"`
	// WorkingDir is the folder it is started in; the image's unless given.
	WorkingDir string `json:"workingDir,omitempty" jsonschema:"pattern=^/"`
	// User is the number of the user and group that it runs as; the image's unless
	// given.
	User *int64 `json:"user,omitempty" jsonschema:"minimum=0"`
	// Ports are what it listens on.
	Ports []Port `json:"ports,omitempty"`
	// Aliases are further names that it is reached by in its namespace.
	Aliases []string `json:"aliases,omitempty"`
	// Volumes are what it finds beside its image.
	Volumes []Volume `json:"volumes,omitempty"`
	// Schedule says when a CronJob runs, as cron does ("0 3 * * *").
	Schedule string `json:"schedule,omitempty"`
	// TimeZone of the schedule, such as Europe/Vienna; that of the cluster's
	// controllers unless given.
	TimeZone string `json:"timeZone,omitempty"`
	// Probes say how its health is asked for.
	Probes *Probes `json:"probes,omitempty"`
}

// The workload kinds of a Component.
const (
	WorkloadDeployment  = "Deployment"
	WorkloadStatefulSet = "StatefulSet"
	WorkloadDaemonSet   = "DaemonSet"
	WorkloadJob         = "Job"
	WorkloadCronJob     = "CronJob"
)

// Port is one port a component listens on.
type Port struct {
	// Name is a DNS label of at most 15 characters.
	Name string `json:"name" jsonschema:"required"`
	// Port is its number.
	Port int32 `json:"port" jsonschema:"minimum=1,maximum=65535"`
	// Protocol is http (the default), grpc, tcp or udp.
	Protocol string `json:"protocol,omitempty" jsonschema:"enum=http,enum=grpc,enum=tcp,enum=udp"`
	// Public ports are reached from outside the cluster: http and grpc by name
	// and path, tcp and udp by their number.
	Public bool `json:"public,omitempty"`
	// Path is the prefix that is routed here; "/" unless given.
	Path string `json:"path,omitempty" jsonschema:"pattern=^/"`
}

// The protocols of a Port.
const (
	ProtocolHTTP = "http"
	ProtocolGRPC = "grpc"
	ProtocolTCP  = "tcp"
	ProtocolUDP  = "udp"
)

// Probes are HTTP paths on the first http port; a TCP connect where empty.
type Probes struct {
	// Readiness tells whether it can take requests.
	Readiness string `json:"readiness,omitempty" jsonschema:"pattern=^/"`
	// Liveness tells whether it must be restarted.
	Liveness string `json:"liveness,omitempty" jsonschema:"pattern=^/"`
	// Startup tells whether it has started; until then the others wait.
	Startup string `json:"startup,omitempty" jsonschema:"pattern=^/"`
	// Command, run in the container, ends with 0 when it can take requests; in
	// place of a path for readiness and startup.
	Command []string `json:"command,omitempty"`
}

// Paths says that any of them is an HTTP path.
func (p Probes) Paths() bool { return p.Readiness != "" || p.Liveness != "" || p.Startup != "" }

// OwnVolumes says that each of its replicas has volumes of its own.
func (c Component) OwnVolumes() bool {
	return slices.ContainsFunc(c.Volumes, Volume.Own)
}

// Component returns the component of that name.
func (a Application) Component(name string) (Component, bool) {
	for _, c := range a.Components {
		if c.Name == name {
			return c, true
		}
	}
	return Component{}, false
}

// ComponentOf is what the descriptors call a workload of the application app: a guide's
// own chart names it after the application and the component, or after the
// application alone; elsewhere it has its own name. It is false for what a guide's
// chart brings beside the components, which no "*" means.
func (a Application) ComponentOf(app, workload string) (string, bool) {
	for _, c := range a.Components {
		if workload == app+"-"+c.Name || workload == c.Name && c.Name == app || workload == app && len(a.Components) == 1 {
			return c.Name, true
		}
	}
	return workload, a.Render.Engine != EngineChart
}
