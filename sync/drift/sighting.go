package drift

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// sighting is one object on its way from the watch to the memory. It lives as
// long as an event.
type sighting struct {
	metav1.ObjectMeta
	health, message string
}

// GetObjectKind and DeepCopyObject make it what client-go's machinery passes on.
func (s *sighting) GetObjectKind() schema.ObjectKind { return schema.EmptyObjectKind }

func (s *sighting) DeepCopyObject() runtime.Object {
	double := *s
	double.ObjectMeta = *s.ObjectMeta.DeepCopy()
	return &double
}

// sightings is a page of a list.
type sightings struct {
	metav1.ListMeta
	Items []sighting
}

func (s *sightings) GetObjectKind() schema.ObjectKind { return schema.EmptyObjectKind }

func (s *sightings) DeepCopyObject() runtime.Object {
	double := &sightings{ListMeta: s.ListMeta}
	for i := range s.Items {
		double.Items = append(double.Items, *s.Items[i].DeepCopyObject().(*sighting))
	}
	return double
}

// ofMetadata is the sighting of an object without a status.
func ofMetadata(object *metav1.PartialObjectMetadata) *sighting {
	s := &sighting{ObjectMeta: object.ObjectMeta, health: status.CurrentStatus.String()}
	if object.DeletionTimestamp != nil {
		s.health = status.TerminatingStatus.String()
	}
	return s
}

// whole is what is read of an object with a status: all that its health is
// computed from.
type whole struct {
	APIVersion string            `json:"apiVersion"`
	Kind       string            `json:"kind"`
	Metadata   metav1.ObjectMeta `json:"metadata"`
	Spec       spec              `json:"spec"`
	Status     loose             `json:"status"`
}

// loose is a map, or nothing: a custom resource's status may be of any type, and
// must not end the watch of its kind.
type loose map[string]any

// UnmarshalJSON takes a map and ignores whatever else.
func (l *loose) UnmarshalJSON(data []byte) error {
	if !bytes.HasPrefix(data, []byte("{")) {
		return nil
	}
	return json.Unmarshal(data, (*map[string]any)(l))
}

// spec holds those fields of built-in kinds that their health depends on.
type spec struct {
	Replicas                *int64         `json:"replicas"`
	ProgressDeadlineSeconds *int64         `json:"progressDeadlineSeconds"`
	Parallelism             *int64         `json:"parallelism"`
	Completions             *int64         `json:"completions"`
	UpdateStrategy          map[string]any `json:"updateStrategy"`
	Type                    string         `json:"type"`
	ClusterIP               string         `json:"clusterIP"`
}

// UnmarshalJSON takes what fits: in a custom resource the same names may hold
// something else, which says nothing about its health.
func (s *spec) UnmarshalJSON(data []byte) error {
	type plain spec
	err := json.Unmarshal(data, (*plain)(s))
	var mismatch *json.UnmarshalTypeError
	if errors.As(err, &mismatch) {
		return nil
	}
	return err
}

// content is the spec as kstatus reads it.
func (s *spec) content() map[string]any {
	content := make(map[string]any)
	for name, number := range map[string]*int64{
		"replicas": s.Replicas, "progressDeadlineSeconds": s.ProgressDeadlineSeconds,
		"parallelism": s.Parallelism, "completions": s.Completions,
	} {
		if number != nil {
			content[name] = *number
		}
	}
	if s.UpdateStrategy != nil {
		content["updateStrategy"] = integers(s.UpdateStrategy)
	}
	if s.Type != "" {
		content["type"] = s.Type
	}
	if s.ClusterIP != "" {
		content["clusterIP"] = s.ClusterIP
	}
	return content
}

// sighting computes the object's health and lets go of the rest.
func (w *whole) sighting() *sighting {
	s := &sighting{ObjectMeta: w.Metadata, health: status.UnknownStatus.String()}
	metadata := map[string]any{"name": w.Metadata.Name, "generation": w.Metadata.Generation}
	if w.Metadata.Namespace != "" {
		metadata["namespace"] = w.Metadata.Namespace
	}
	if at := w.Metadata.DeletionTimestamp; at != nil {
		metadata["deletionTimestamp"] = at.UTC().Format("2006-01-02T15:04:05Z")
	}
	object := map[string]any{"apiVersion": w.APIVersion, "kind": w.Kind, "metadata": metadata, "spec": w.Spec.content()}
	if w.Status != nil {
		object["status"] = integers(map[string]any(w.Status))
	}
	result, err := compute(object)
	if err != nil {
		s.message = err.Error()
		return s
	}
	s.health = result.Status.String()
	if result.Status != status.CurrentStatus {
		s.message = result.Message
	}
	return s
}

// compute is kstatus, which may be given any status that somebody can write: a
// panic over one must not end the agent.
func compute(object map[string]any) (result *status.Result, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("its status cannot be read (%v)", cause)
		}
	}()
	return status.Compute(&unstructured.Unstructured{Object: object})
}

// integers turns whole numbers, which encoding/json reads as floats, into the
// integers that unstructured content has. It changes the value in place.
func integers(value any) any {
	switch v := value.(type) {
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return int64(v)
		}
	case map[string]any:
		for key := range v {
			v[key] = integers(v[key])
		}
	case []any:
		for i := range v {
			v[i] = integers(v[i])
		}
	}
	return value
}
