package render

import (
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// keepJobs takes the time to live from Jobs, and tells of it. A finished Job is
// the only trace that it ran: were it cleaned away, it would be missed, made
// again and run again, for ever. The repository's next change or its end take
// it away instead.
func keepJobs(objects []Object) (notices []string) {
	const field = "ttlSecondsAfterFinished"
	for _, o := range objects {
		if kind := o.GroupVersionKind(); kind.Group != "batch" || kind.Kind != "Job" {
			continue
		}
		if _, found, _ := unstructured.NestedFieldNoCopy(o.Object, "spec", field); !found {
			continue
		}
		unstructured.RemoveNestedField(o.Object, "spec", field)
		notices = append(notices, fmt.Sprintf("%s: %s: %s is left out, for a Job that is cleaned away would be run again",
			o.Origin, Describe(o.Unstructured), field))
	}
	return notices
}
