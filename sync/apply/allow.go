package apply

import (
	"path"

	"github.com/spotguide/spotguide/sync/inventory"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Rule lets applications reach beyond their own namespace. All patterns are
// globs (path.Match); a kind is written Kind or Kind.group, as in
// "ClusterRole.rbac.authorization.k8s.io" or "*.example.org".
type Rule struct {
	// From names the namespaces whose applications the rule is for; empty is all.
	From []string
	// Kinds are the cluster-scoped kinds they may apply.
	Kinds []string
	// Namespaces are those that they may apply into.
	Namespaces []string
}

// AllowList is what the operator allows beyond an application's own namespace.
// The zero AllowList allows nothing. The service account needs the rights all
// the same.
type AllowList []Rule

// kind tells whether the owner may apply the cluster-scoped kind.
func (l AllowList) kind(owner inventory.Owner, kind schema.GroupKind) bool {
	for _, rule := range l {
		if rule.from(owner) && matches(rule.Kinds, kind.String()) {
			return true
		}
	}
	return false
}

// namespace tells whether the owner may apply into the namespace.
func (l AllowList) namespace(owner inventory.Owner, namespace string) bool {
	if namespace == owner.Namespace {
		return true
	}
	for _, rule := range l {
		if rule.from(owner) && matches(rule.Namespaces, namespace) {
			return true
		}
	}
	return false
}

func (r Rule) from(owner inventory.Owner) bool {
	return len(r.From) == 0 || matches(r.From, owner.Namespace)
}

// matches tells whether one of the globs fits; a malformed one fits nothing.
func matches(globs []string, s string) bool {
	for _, glob := range globs {
		if ok, err := path.Match(glob, s); ok && err == nil {
			return true
		}
	}
	return false
}
