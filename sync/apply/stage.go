package apply

import (
	"strings"

	"github.com/spotguide/spotguide/sync/inventory"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// stage orders objects: those of a stage go in parallel, after all before it.
type stage int

const (
	// definitions give later objects their kind or their namespace.
	definitions stage = iota
	// early is what asks for it, such as a migration.
	early
	// classes are what others name as their class.
	classes
	// access has to stand before it is bound to somebody.
	access
	configuration
	workloads
	dependents
	// gates may refuse other objects and so come last.
	gates
	// late is what asks for it, such as a smoke test.
	late
	stages
)

var stageOf = map[schema.GroupKind]stage{
	crdKind:                  definitions,
	{Kind: "Namespace"}:      definitions,
	{Kind: "ServiceAccount"}: access,
	{Kind: "ResourceQuota"}:  access,
	{Kind: "LimitRange"}:     access,
	{Group: "rbac.authorization.k8s.io", Kind: "Role"}:               access,
	{Group: "rbac.authorization.k8s.io", Kind: "ClusterRole"}:        access,
	{Group: "rbac.authorization.k8s.io", Kind: "RoleBinding"}:        configuration,
	{Group: "rbac.authorization.k8s.io", Kind: "ClusterRoleBinding"}: configuration,
	{Group: "networking.k8s.io", Kind: "NetworkPolicy"}:              configuration,
	{Kind: "ConfigMap"}:                                   configuration,
	{Kind: "Secret"}:                                      configuration,
	{Kind: "PersistentVolume"}:                            configuration,
	{Kind: "PersistentVolumeClaim"}:                       configuration,
	{Kind: "Service"}:                                     configuration,
	{Kind: "Pod"}:                                         workloads,
	{Kind: "ReplicationController"}:                       workloads,
	{Group: "apps", Kind: "Deployment"}:                   workloads,
	{Group: "apps", Kind: "StatefulSet"}:                  workloads,
	{Group: "apps", Kind: "DaemonSet"}:                    workloads,
	{Group: "apps", Kind: "ReplicaSet"}:                   workloads,
	{Group: "batch", Kind: "Job"}:                         workloads,
	{Group: "batch", Kind: "CronJob"}:                     workloads,
	{Group: "apiregistration.k8s.io", Kind: "APIService"}: gates,
}

const admissionGroup = "admissionregistration.k8s.io"

var (
	crdKind       = schema.GroupKind{Group: "apiextensions.k8s.io", Kind: "CustomResourceDefinition"}
	namespaceKind = schema.GroupKind{Kind: "Namespace"}
	claimKind     = schema.GroupKind{Kind: "PersistentVolumeClaim"}
	secretKind    = schema.GroupKind{Kind: "Secret"}
)

// stageOfObject tells when an object is applied: as it asks for itself, or as its
// kind has to be.
func stageOfObject(asked string, kind schema.GroupKind, namespaced bool) stage {
	at := stageFor(kind, namespaced)
	switch {
	case at == definitions: // others cannot be without it
	case asked == inventory.StageEarly:
		return early
	case asked == inventory.StageLate:
		return late
	}
	return at
}

// stageFor tells when objects of a kind are applied.
func stageFor(kind schema.GroupKind, namespaced bool) stage {
	if s, ok := stageOf[kind]; ok {
		return s
	}
	switch {
	case kind.Group == admissionGroup:
		return gates
	case !namespaced && strings.HasSuffix(kind.Kind, "Class"):
		return classes
	}
	return dependents
}
