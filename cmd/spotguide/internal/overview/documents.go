package overview

import (
	"reflect"

	"github.com/spotguide/spotguide/agent/status"
	"github.com/spotguide/spotguide/cmd/spotguide/internal/fleet"
	"github.com/spotguide/spotguide/spotguides/guide"
)

// List is the machine-readable status of namespaces.
type List struct {
	APIVersion string      `json:"apiVersion"`
	Kind       string      `json:"kind"`
	Items      []Namespace `json:"items"`
}

// Namespace is one namespace's status document with its name.
type Namespace struct {
	Namespace string `json:"namespace"`
	status.Status
}

// NewList makes the document for the namespaces.
func NewList(namespaces []fleet.Namespace) List {
	l := List{APIVersion: guide.APIVersion, Kind: "StatusList", Items: []Namespace{}}
	for _, n := range namespaces {
		l.Items = append(l.Items, Namespace{Namespace: n.Name, Status: n.Status})
	}
	return l
}

// Item is the machine-readable status of one application.
type Item struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	Namespace  string `json:"namespace"`
	status.Application
}

// NewItem makes the document for an application.
func NewItem(namespace string, a status.Application) Item {
	return Item{APIVersion: guide.APIVersion, Kind: "ApplicationStatus", Namespace: namespace, Application: a}
}

// Path is namespace/application, or the namespace for a row of its own.
func (r Row) Path() string {
	if r.Name == "" {
		return r.Namespace
	}
	return r.Namespace + "/" + r.Name
}

// Removed is the phase of a row that is no longer there, in Changed only.
const Removed status.Phase = "Removed"

// Changed are the rows of after that are new or not as before, and then those
// that are gone.
func Changed(before, after []Row) []Row {
	old := make(map[string]Row, len(before))
	for _, r := range before {
		old[r.Path()] = r
	}
	var changed []Row
	for _, r := range after {
		was, ok := old[r.Path()]
		if !ok || !reflect.DeepEqual(was, r) {
			changed = append(changed, r)
		}
		delete(old, r.Path())
	}
	for _, r := range before {
		if gone, ok := old[r.Path()]; ok {
			gone.Phase, gone.Message = Removed, ""
			changed = append(changed, gone)
		}
	}
	return changed
}

// Worst is the application that most needs a person's look, the first of equals;
// false when all are well.
func Worst(rows []Row) (Row, bool) {
	var worst Row
	for _, r := range rows {
		if r.Name == "" || r.Phase == status.Healthy || r.Phase == status.Suspended {
			continue
		}
		if worst.Name == "" || status.Worse(r.Phase, worst.Phase) {
			worst = r
		}
	}
	return worst, worst.Name != ""
}
