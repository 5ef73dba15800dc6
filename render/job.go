package render

import (
	"io/fs"
	"maps"
	"path"
	"strings"

	"github.com/spotguide/spotguide/spotguides/guide"
)

// job is a request with its environment settled. All but the trees goes to a
// worker as JSON.
type job struct {
	Engine guide.Engine `json:"engine"`
	App    string       `json:"app"`
	// Dir is the application's folder; Folder the one that is rendered.
	Dir         string                         `json:"dir"`
	Folder      string                         `json:"folder"`
	Namespace   string                         `json:"namespace"`
	Guide       string                         `json:"guide"`
	Facts       map[string]string              `json:"facts,omitempty"`
	Stack       *guide.Stack                   `json:"stack,omitempty"`
	Composed    *guide.Composed                `json:"composed,omitempty"`
	Exclude     []string                       `json:"exclude,omitempty"`
	Components  []guide.Component              `json:"components,omitempty"`
	Settings    guide.Settings                 `json:"settings"`
	Resilience  map[string]guide.Resilience    `json:"resilience,omitempty"`
	Autoscaling map[string]guide.Autoscaling   `json:"autoscaling,omitempty"`
	Storage     map[string]guide.StorageGrowth `json:"storage,omitempty"`
	Kubernetes  Kubernetes                     `json:"kubernetes"`
	Platform    guide.Platform                 `json:"platform"`
	Seed        []byte                         `json:"seed,omitempty"`
	AtLeast     map[string]int32               `json:"atLeast,omitempty"`
	Limits      Limits                         `json:"limits"`
	HasChart    bool                           `json:"hasChart,omitempty"`

	tree, chart fs.FS
	// light gives up with errHeavy rather than decode much.
	light bool
}

func newJob(req Request, limits Limits) (job, error) {
	g := req.Guide
	j := job{
		Engine: g.Application.Render.Engine, App: req.Match.App, Dir: req.Match.Dir,
		Namespace: req.Namespace, Guide: g.Name(), Facts: req.Match.Facts, Stack: req.Match.Stack, Composed: req.Match.Composed,
		Exclude: g.Application.Render.Exclude, Components: g.Application.Components,
		Resilience: g.SLA.Resilience, Autoscaling: g.SLA.Autoscaling, Storage: g.SLA.Storage,
		Kubernetes: req.Kubernetes, Platform: req.Platform, Seed: req.Seed, AtLeast: req.AtLeast, Limits: limits, HasChart: g.Chart != nil,
		tree: req.Tree, chart: g.Chart,
	}
	settings, err := g.Environment.For(req.Environment)
	if err != nil {
		return j, &Error{File: j.descriptor("environment.yaml"), Err: err}
	}
	j.Settings = settings
	j.Folder = path.Join(j.Dir, settings.Path)
	return j, j.checkFolder()
}

// componentOf is what the SLA calls a workload; see guide.Application.ComponentOf.
func (j job) componentOf(o Object) (string, bool) {
	a := guide.Application{Render: guide.Render{Engine: j.Engine}, Components: j.Components}
	return a.ComponentOf(j.App, o.GetName())
}

// resilience is what the SLA promises of a component.
func (j job) resilience(component string) guide.Resilience {
	r, _ := guide.SLA{Resilience: j.Resilience}.ResilienceOf(component)
	return r
}

// descriptor is the path of a file in the application's .spotguide.
func (j job) descriptor(name string) string { return path.Join(j.Dir, guide.OverlayDir, name) }

func (j job) checkFolder() error {
	blame := j.Dir
	if j.Settings.Path != "" {
		blame = j.descriptor("environment.yaml")
	}
	if leaves(j.Folder) || strings.HasPrefix(j.Settings.Path, "/") {
		return problem(blame, 0, "path %q leads out of the repository", j.Settings.Path)
	}
	info, err := fs.Stat(j.tree, j.Folder)
	if err != nil {
		return problem(blame, 0, "cannot read the folder to render: %w", err)
	}
	if !info.IsDir() {
		return problem(blame, 0, "%s is no folder", j.Folder)
	}
	return nil
}

// leaves: the cleaned path is not inside the tree.
func leaves(name string) bool { return name == ".." || strings.HasPrefix(name, "../") }

// overlay merges maps; everything else in over replaces. Neither is changed.
func overlay(base, over map[string]any) map[string]any {
	merged := make(map[string]any, len(base)+len(over))
	maps.Copy(merged, base)
	for key, v := range over {
		below, isMap := merged[key].(map[string]any)
		if m, ok := v.(map[string]any); ok && isMap {
			v = overlay(below, m)
		}
		merged[key] = v
	}
	return merged
}
