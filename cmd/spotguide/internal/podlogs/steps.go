package podlogs

import (
	"k8s.io/apimachinery/pkg/labels"

	"github.com/spotguide/spotguide/agent/pipeline"
)

// Steps selects the pods that run a step of an application, or of all of the
// namespace's with an empty name.
func Steps(application, step string) Selection {
	set := labels.Set{pipeline.LabelStep: step}
	if application != "" {
		set[pipeline.LabelApplication] = application
	}
	return Selection{labels: labels.SelectorFromSet(set)}
}
