package podlogs

import (
	"k8s.io/apimachinery/pkg/labels"

	"github.com/spotguide/spotguide/agent/build"
)

// Builds selects the pods that build images of an application, or of all of a
// namespace with an empty name. They run in a namespace of their own.
func Builds(namespace, application string) Selection {
	set := labels.Set{build.LabelNamespace: namespace}
	if application != "" {
		set[build.LabelApplication] = application
	}
	return Selection{labels: labels.SelectorFromSet(set)}
}
