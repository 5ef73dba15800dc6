package render

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strconv"

	"github.com/spotguide/spotguide/render/backing"
	"github.com/spotguide/spotguide/render/reach"
	"github.com/spotguide/spotguide/spotguides/guide"
)

// ChartValues is what a guide's own chart is given as .Values, over its
// values.yaml and below the environment's values files and values.
type ChartValues struct {
	App        string           `json:"app"`
	Components []ChartComponent `json:"components"`
	// Objects lead to the components from outside, guard and watch them.
	Objects []reach.Object `json:"objects,omitempty"`
	// Services run beside the components; Secrets tell these of them.
	Services []backing.Service `json:"services,omitempty"`
	Secrets  []string          `json:"secrets,omitempty"`
	Facts    map[string]string `json:"facts,omitempty"`
	// Seed is what a chart derives the application's own credentials from: the
	// same at every rendering, and empty where nobody knows the namespace's.
	Seed string `json:"seed,omitempty"`
}

// ChartComponent is a component with all that concerns it settled.
type ChartComponent struct {
	guide.Component
	// FullName is what its objects are called: the application's name for an
	// only component, else "application-component".
	FullName string `json:"fullName"`
	// Replicas is nil when Autoscaling is set; never below the SLA's floor.
	Replicas *int32 `json:"replicas,omitempty"`
	// Autoscaling has both bounds and at least one target.
	Autoscaling    *guide.Autoscaling `json:"autoscaling,omitempty"`
	MaxUnavailable string             `json:"maxUnavailable,omitempty"`
	Spread         *guide.Spread      `json:"spread,omitempty"`
	Resources      *guide.Resources   `json:"resources,omitempty"`
	// ServiceAnnotations tell the ingress controller how to speak to it.
	ServiceAnnotations map[string]string `json:"serviceAnnotations,omitempty"`
	// Volumes are the component's, with what their pods mount.
	Volumes []ChartVolume `json:"volumes,omitempty"`
	// FilesHash changes with the files in them, and so do the pods.
	FilesHash string `json:"filesHash,omitempty"`
}

const (
	defaultComponent = "web"
	defaultCPUTarget = 80
)

// renderGuideChart renders the guide's chart for the application.
func renderGuideChart(ctx context.Context, j job, in *input) (output, error) {
	if j.chart == nil {
		return output{}, problem("", 0, "the guide %s has no chart to render", j.Guide)
	}
	in.note(j.Dir)
	if j.Composed != nil {
		in.note(j.Composed.File)
	}
	computed, notices, err := chartValues(j)
	if err == nil {
		err = j.mount(&computed, in)
	}
	if err != nil {
		return output{}, err
	}
	over, err := readValues(j, in)
	if err != nil {
		return output{}, err
	}
	values, err := asMap(computed)
	if err != nil {
		return output{}, err
	}
	c, err := loadChart(newInput(ctx, j.chart, j.Limits), ".")
	if err != nil {
		return output{}, fmt.Errorf("guide %s: %w", j.Guide, err)
	}
	out, err := template(j, c, overlay(values, over), path.Join(j.Guide, "chart"))
	out.notices = append(notices, out.notices...)
	return out, err
}

// chartValues puts the descriptors together.
func chartValues(j job) (ChartValues, []string, error) {
	v := ChartValues{App: j.App, Facts: j.Facts, Seed: backing.Seed(j.App, j.Seed)}
	var found problems
	var notices []string
	for _, c := range j.components() {
		if c.Image == "" {
			found.add(problem(j.descriptor("application.yaml"), 0,
				"component %s has no image: set `image:` of the component in this file, or have the operator give the agent a registry to build into (--registry)", c.Name))
			continue
		}
		full := j.component(c)
		if len(full.FullName) > 63 {
			found.add(problem(j.descriptor("application.yaml"), 0, "the name %s is longer than 63 characters: shorten the component's or the application's", full.FullName))
		}
		if a := full.Autoscaling; a != nil && !full.requests("cpu", a.CPU) || a != nil && !full.requests("memory", a.Memory) {
			notices = append(notices, fmt.Sprintf("component %s is to be scaled by utilisation but requests no such resource: set resources in %s",
				c.Name, j.descriptor("environment.yaml")))
		}
		v.Components = append(v.Components, full)
	}
	depends := backing.For(backing.Application{
		Name: j.App, Settings: j.Settings.Services, Stack: j.Stack, Seed: j.Seed, StorageClass: j.Platform.DefaultStorageClass,
	})
	v.Services, v.Secrets, notices = depends.Services, depends.Secrets, append(notices, depends.Notices...)
	more, err := j.connect(&v)
	found.add(err)
	return v, append(notices, more...), found.join()
}

// components are the guide's and the repository's. What they leave open, the
// facts say: the image of the first without one, the port of the first without
// any; and what its source code is says how it runs.
func (j job) components() []guide.Component {
	components := slices.Clone(j.Components)
	if len(components) == 0 {
		components = []guide.Component{{Name: defaultComponent}}
	}
	if j.Composed != nil {
		return j.composed(components)
	}
	built := slices.IndexFunc(components, func(c guide.Component) bool { return c.Image == "" })
	if built >= 0 {
		components[built].Image = j.Facts["image"]
		if j.Stack != nil {
			components[built] = runs(components[built], *j.Stack)
			j.expose(&components[built])
			return components
		}
	}
	port, err := strconv.ParseUint(j.Facts["port"], 10, 16)
	if i := slices.IndexFunc(components, func(c guide.Component) bool { return len(c.Ports) == 0 }); i >= 0 && err == nil {
		components[i].Ports = []guide.Port{{Name: guide.ProtocolHTTP, Port: int32(port)}}
		j.expose(&components[i])
	}
	return components
}

// component settles one component.
func (j job) component(c guide.Component) ChartComponent {
	if c.OwnVolumes() {
		or(&c.Workload, guide.WorkloadStatefulSet)
	}
	or(&c.Workload, guide.WorkloadDeployment)
	full := ChartComponent{Component: c, FullName: j.App}
	if len(j.Components) > 1 && c.Name != j.App {
		full.FullName = j.App + "-" + c.Name
	}
	resilience := j.resilience(c.Name)
	full.MaxUnavailable, full.Spread = resilience.MaxUnavailable, resilience.Spread
	preset := presetOf(j.Settings.Size)
	full.Resources = forComponent(j.Settings.Resources, c.Name)
	if full.Resources == nil {
		full.Resources = preset.resources
	}
	if _, said := j.Settings.Resources[c.Name]; !said {
		full.Resources = j.composedResources(full.Resources)
	}
	if a := forComponent(j.Autoscaling, c.Name); a != nil {
		if !a.Own() { // else the monitor scales it
			scaled := settleAutoscaling(*a, resilience)
			full.Autoscaling = &scaled
		}
		return full
	}
	replicas := max(1, resilience.MinReplicas)
	if c.Workload == guide.WorkloadDeployment {
		replicas = max(preset.replicas, replicas)
	}
	if j.Composed != nil && j.Composed.Replicas != nil {
		replicas = max(*j.Composed.Replicas, resilience.MinReplicas)
	}
	if j.Settings.Replicas != nil {
		replicas = max(*j.Settings.Replicas, resilience.MinReplicas)
	}
	replicas = max(replicas, j.AtLeast[c.Name])
	full.Replicas = &replicas
	return full
}

// requests: the component asks for some of the resource, or none is needed.
func (c ChartComponent) requests(resource string, target int32) bool {
	return target == 0 || c.Resources != nil && c.Resources.Requests[resource] != ""
}

// forComponent is what a map says of a component by its name, else by "*".
func forComponent[T any](m map[string]T, name string) *T {
	for _, key := range []string{name, "*"} {
		if v, ok := m[key]; ok {
			return &v
		}
	}
	return nil
}

func asMap(v any) (map[string]any, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode values: %w", err)
	}
	var m map[string]any
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, fmt.Errorf("decode values: %w", err)
	}
	return m, nil
}
