package guide

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Monitor is monitor.yaml: how the application is looked at.
type Monitor struct {
	// APIVersion is always spotguide.dev/v1.
	APIVersion string `json:"apiVersion" jsonschema:"required,enum=spotguide.dev/v1"`
	// Kind is always Monitor.
	Kind string `json:"kind" jsonschema:"required,enum=Monitor"`

	// Interval is the longest time between two looks; what a watch sees is
	// looked at at once. 30s unless given, at least 1s.
	Interval metav1.Duration `json:"interval,omitempty"`
}
