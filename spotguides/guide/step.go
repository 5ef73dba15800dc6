package guide

import (
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Steps are Jobs that a new content of the application runs, one after another.
type Steps struct {
	// Before run once the image is there and before anything else of the revision
	// is applied. One that fails keeps what runs.
	Before []Step `json:"before,omitempty"`
	// After run once the revision is healthy.
	After []Step `json:"after,omitempty"`
}

// Step is one Job. What it does not say itself it has from a component: image,
// environment variables, mounted Secrets and ConfigMaps, resources, service
// account.
type Step struct {
	// Name is a DNS label; no two steps of an application share one.
	Name string `json:"name" jsonschema:"required"`
	// Component is the one that it takes after, the first unless given. For
	// rendered manifests it is the name of a workload.
	Component string `json:"component,omitempty"`
	// Image is the container image; the component's unless given. Manifests,
	// kustomizations and charts that run several images need it, or a component.
	Image string `json:"image,omitempty"`
	// Run is a line for a shell (sh -c) of the image.
	Run string `json:"run,omitempty"`
	// Command replaces the image's entrypoint; instead of Run.
	Command []string `json:"command,omitempty"`
	// Args replace the image's command.
	Args []string `json:"args,omitempty"`
	// Env are environment variables over the component's. APP is there already:
	// the host, and the port where it is not 80, at which the component answers.
	Env map[string]string `json:"env,omitempty"`
	// Annotations of its pod, such as sidecar.istio.io/inject: "false".
	Annotations map[string]string `json:"annotations,omitempty"`
	// Timeout bounds all its tries together; 10m unless given.
	Timeout metav1.Duration `json:"timeout,omitempty"`
	// Retries is how often it is tried again after a failure; 0 unless given.
	Retries int32 `json:"retries,omitempty" jsonschema:"minimum=0,maximum=10"`
	// OnFailure, only of a step after, says what its failure does: rollback (the
	// default) goes back to the revision that was healthy before, tell only tells.
	OnFailure OnFailure `json:"onFailure,omitempty" jsonschema:"enum=rollback,enum=tell"`
}

// OnFailure says what the failure of a step does.
type OnFailure string

// What the failure of a step after does.
const (
	OnFailureRollback OnFailure = "rollback"
	OnFailureTell     OnFailure = "tell"
)

// Stage is when a step runs.
type Stage string

// The stages.
const (
	StageBefore Stage = "before"
	StageAfter  Stage = "after"
)

// Of returns the steps of a stage.
func (s Steps) Of(stage Stage) []Step {
	if stage == StageAfter {
		return s.After
	}
	return s.Before
}

// Find returns the step of that name and its stage.
func (s Steps) Find(name string) (Step, Stage, bool) {
	for _, stage := range []Stage{StageBefore, StageAfter} {
		steps := s.Of(stage)
		if i := slices.IndexFunc(steps, func(step Step) bool { return step.Name == name }); i >= 0 {
			return steps[i], stage, true
		}
	}
	return Step{}, "", false
}
